import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { CertificateFormat, SignCertificateResult } from '../../client/index.ts';
import { BrokerError } from '../../errors/index.ts';
import { addClientOptions, withClient, type ClientFlags } from '../client-command.ts';
import type { CommandContext } from '../context.ts';
import { readFileBounded, systemCode } from '../read-bounded.ts';
import { parseTime } from '../time.ts';

interface SignCertificateFlags extends ClientFlags {
  readonly csr: string;
  readonly caCert: string;
  readonly caKey: string;
  readonly profile: string;
  readonly subject?: string;
  readonly outputFormat?: CertificateFormat;
  readonly encoding?: CertificateFormat;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly crl?: readonly string[];
  readonly out?: string;
  readonly correlationId?: string;
  readonly json?: true;
}

/** Largest PEM text the wire allows, in bytes. */
const MAX_PEM = 65_536;

const FORMATS = ['pem', 'der'] as const;

export function defineSignCertificate(command: Command, context: CommandContext): void {
  command.description(
    'Issues a certificate for a CSR by the rules of a profile, with the key and the certificate of your CA, and prints it.',
  );
  command.requiredOption('--csr <file>', 'PKCS #10 certificate signing request');
  command.requiredOption('--ca-cert <file>', 'certificate of the CA');
  command.requiredOption('--ca-key <file>', 'unencrypted private key of the CA');
  command.option('--profile <name>', 'profile with the rules', 'Default');
  command.option(
    '--subject <name>',
    'subject instead of the one in the CSR: "C=DE, O=Example, CN=name"',
  );
  command.option(
    '--not-before <time>',
    'begin of validity: 2026-01-31T12:00:00Z, or seconds since 1970',
  );
  command.option('--not-after <time>', 'end of validity, in the same forms');
  command.addOption(
    new Option('--crl <url>', 'where revocation lists are published; may be repeated').argParser(
      (url: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), url],
    ),
  );
  command.addOption(
    new Option('--output-format <format>', 'form of the certificate (default: pem)').choices(
      FORMATS,
    ),
  );
  command.option('--out <file>', 'write the certificate to a file instead of standard output');
  command.option('--correlation-id <id>', "text that the server's log shows with the call");
  command.option('--json', 'print the whole answer as one JSON object; DER is in base64');
  addClientOptions(command);
  // The spellings of the Open Crypto Broker's command lines. --caCert and --ca-cert set the same value.
  command.addOption(new Option('--caCert <file>').hideHelp());
  command.addOption(new Option('--caKey <file>').hideHelp());
  command.addOption(new Option('--encoding <format>').choices(FORMATS).hideHelp());
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker sign-certificate --csr app.csr --ca-cert ca.pem --ca-key ca-key.pem
  $ cryptobroker sign-certificate --csr app.csr --ca-cert ca.pem --ca-key ca-key.pem \\
      --profile TLS-Server --subject "O=Example, CN=app.example.com" \\
      --crl http://crl.example.com/ca.crl --out app.pem
  $ cryptobroker sign-certificate --csr app.csr --ca-cert ca.pem --ca-key ca-key.pem \\
      --output-format der | openssl x509 -inform DER -noout -text`,
  );
  command.action(async (flags: SignCertificateFlags) => {
    const result = await signWith(context, flags);
    const { json, out } = flags;
    if (out !== undefined) await save(out, asData(result));
    if (json) context.writeOut(`${JSON.stringify(asJson(result))}\n`);
    else if (out === undefined) context.writeOut(asData(result));
  });
}

async function signWith(
  context: CommandContext,
  flags: SignCertificateFlags,
): Promise<SignCertificateResult> {
  const request = {
    profile: flags.profile,
    subject: flags.subject,
    validNotBefore:
      flags.notBefore === undefined ? undefined : parseTime('--not-before', flags.notBefore),
    validNotAfter:
      flags.notAfter === undefined ? undefined : parseTime('--not-after', flags.notAfter),
    crlDistributionPoints: flags.crl,
    outputFormat: flags.outputFormat ?? flags.encoding ?? 'pem',
    correlationId: flags.correlationId,
    csr: await readFileBounded('--csr', flags.csr, MAX_PEM),
    caCert: await readFileBounded('--ca-cert', flags.caCert, MAX_PEM),
  };
  const caPrivateKey = await readFileBounded('--ca-key', flags.caKey, MAX_PEM);
  try {
    return await withClient(context, flags, (client, options) =>
      client.signCertificate({ ...request, caPrivateKey }, options),
    );
  } finally {
    caPrivateKey.fill(0);
  }
}

function asData(result: SignCertificateResult): string | Uint8Array {
  if ('der' in result) return result.der;
  return result.pem.endsWith('\n') ? result.pem : `${result.pem}\n`;
}

async function save(path: string, certificate: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, certificate);
  } catch (cause) {
    throw new BrokerError('INPUT_INVALID', `--out: cannot write ${path} (${systemCode(cause)})`, {
      cause,
    });
  }
}

/** The member names are those of the wire, which the command lines of the Open Crypto Broker print as well. */
function asJson(result: SignCertificateResult): object {
  const { descriptor, metadata } = result;
  return {
    ...('pem' in result
      ? { pem: result.pem }
      : { der: Buffer.from(result.der).toString('base64') }),
    descriptor,
    metadata,
  };
}
