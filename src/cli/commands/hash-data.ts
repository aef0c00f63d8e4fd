import { Option, type Command } from 'commander';
import type { Client, HashDataResult, HashFormat } from '../../client/index.ts';
import { BrokerError } from '../../errors/index.ts';
import { addClientOptions, withClient, type ClientFlags } from '../client-command.ts';
import type { CommandContext } from '../context.ts';
import { collect, readFileBounded } from '../read-bounded.ts';

interface HashDataFlags extends ClientFlags {
  readonly profile: string;
  readonly file?: string;
  readonly outputFormat: HashFormat;
  readonly correlationId?: string;
  readonly json?: true;
}

/** Largest input the wire allows, in bytes. */
const MAX_INPUT = 1_048_576;

export function defineHashData(command: Command, context: CommandContext): void {
  command.description(
    'Hashes at most 1 MiB with the hash function of a profile and prints the hash. The data is the argument (as UTF-8), ' +
      'a file, or standard input.',
  );
  command.argument('[data]', 'what to hash; - reads standard input');
  command.option('--file <file>', 'hash the bytes of a file');
  command.option('--profile <name>', 'profile that names the hash function', 'Default');
  command.addOption(
    new Option('--output-format <format>', 'hexadecimal text, or raw bytes')
      .choices(['hex', 'raw'])
      .default('hex'),
  );
  command.option('--correlation-id <id>', "text that the server's log shows with the call");
  command.option('--json', 'print the whole answer as one JSON object; raw bytes are in base64');
  addClientOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker hash-data "Welcome CryptoBroker"
  $ cryptobroker hash-data --file release.tar --profile SHA-256
  $ tar c src | cryptobroker hash-data - --json
  $ cryptobroker hash-data abc --output-format raw | xxd`,
  );
  command.action(async (data: string | undefined, flags: HashDataFlags) => {
    const input = await readData(context, data, flags.file);
    const result = await withClient(context, flags, (client, options) =>
      hash(client, input, flags, options),
    );
    context.writeOut(flags.json ? `${JSON.stringify(asJson(result))}\n` : asText(result));
  });
}

async function readData(
  context: CommandContext,
  data: string | undefined,
  file: string | undefined,
): Promise<string | Uint8Array> {
  if ((data === undefined) === (file === undefined)) {
    throw new BrokerError(
      'USAGE',
      'give the data either as an argument, with --file, or with - for standard input',
    );
  }
  if (file !== undefined) return await readFileBounded('--file', file, MAX_INPUT);
  return data === '-' ? await collect(context.readInput(), MAX_INPUT) : (data ?? '');
}

async function hash(
  client: Client,
  input: string | Uint8Array,
  { profile, outputFormat, correlationId }: HashDataFlags,
  options: Parameters<Client['hashData']>[1],
): Promise<HashDataResult> {
  return await client.hashData({ profile, input, outputFormat, correlationId }, options);
}

function asText(result: HashDataResult): string | Uint8Array {
  return 'hex' in result ? `${result.hex}\n` : result.raw;
}

/** The member names are those of the wire, which the command lines of the Open Crypto Broker print as well. */
function asJson(result: HashDataResult): object {
  const { algorithm, descriptor, metadata } = result;
  return {
    hashAlgorithm: algorithm,
    ...('hex' in result
      ? { hashValueHex: result.hex }
      : { hashValueRaw: Buffer.from(result.raw).toString('base64') }),
    descriptor,
    metadata,
  };
}
