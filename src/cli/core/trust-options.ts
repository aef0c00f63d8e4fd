import { BrokerError } from '../../errors/index.ts';
import type { ClientRule, ClientTrust } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { OPERATION } from '../../kmip/tables/enumerations.ts';
import { enumerationFacts } from '../../kmip/tables/look-up.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { readFileBounded } from '../read-bounded.ts';

/** Longest CA bundle, in bytes. */
const BUNDLE_LIMIT = 256 * 1024;

export const TRUST_HELP = `A rule is SERVICE=KIND:VALUE, or SERVICE[Operation,Operation]=KIND:VALUE to allow only some KMIP operations. The first rule that
fits decides; a client that none fits is refused. Kinds:
  spiffe   a SPIFFE id, or everything below one that ends with / (payments=spiffe:spiffe://acme.example/payments/)
  subject  the whole subject as RFC 4514 text               (payments=subject:CN=billing,O=Acme)
  cn       the one common name                              (payments=cn:billing)
  ou       one of the organizational units                  (payments=ou:app:4b9…, of a Cloud Foundry instance identity)
  dns      a DNS name of the certificate                    (payments=dns:billing.acme.example)
  email    an e-mail address of the certificate             (payments=email:billing@acme.example)`;

const KINDS = {
  spiffe: 'spiffePrefix',
  subject: 'subject',
  cn: 'commonName',
  ou: 'organizationalUnit',
  dns: 'dnsName',
  email: 'email',
} as const;

/** Whose clients a tenant's are, from `--client-ca` and `--rule`. USAGE, or INPUT_INVALID when the file cannot be read. */
export async function readTrust(
  tenantId: string,
  caFile: string,
  rules: readonly string[],
): Promise<ClientTrust> {
  const caBundle = await readFileBounded('--client-ca', caFile, BUNDLE_LIMIT);
  return { tenantId, caBundle, rules: rules.map(parseRule) };
}

function parseRule(text: string): ClientRule {
  const [, serviceId = '', operations, kind = '', value = ''] =
    /^([A-Za-z0-9._-]{1,128})(?:\[([A-Za-z, -]{1,1000})\])?=([a-z]+):(.+)$/.exec(text) ?? [];
  if (!Object.hasOwn(KINDS, kind)) {
    throw new BrokerError(
      'USAGE',
      `--rule ${text}: must be SERVICE=KIND:VALUE with KIND one of ${Object.keys(KINDS).join(', ')}`,
    );
  }
  return {
    match: { $case: KINDS[kind as keyof typeof KINDS], value },
    serviceId,
    operations: operations?.split(',').map((name) => operationName(name.trim())) ?? [],
  };
}

/** Names of the operations by how they are compared: without regard to case, spaces and hyphens. */
const OPERATION_NAMES = new Map(
  Object.values(OPERATION).flatMap((value) => {
    const name = enumerationFacts(TAG.operation, value)?.name;
    return name === undefined ? [] : [[plain(name), name] as const];
  }),
);

/** The specification's name of an operation. A misspelt one would allow nothing and say nothing. */
function operationName(name: string): string {
  const found = OPERATION_NAMES.get(plain(name));
  if (found === undefined) {
    throw new BrokerError('USAGE', `--rule: KMIP has no operation "${name}"`);
  }
  return found;
}

function plain(name: string): string {
  return name.replaceAll(/[ -]/g, '').toLowerCase();
}

/** A rule as it is written on the command line. */
export function ruleText({ match, serviceId, operations }: ClientRule): string {
  const kind = Object.entries(KINDS).find(([, name]) => name === match?.$case)?.[0] ?? 'nothing';
  const only = operations.length === 0 ? '' : `[${operations.join(',')}]`;
  return `${serviceId}${only}=${kind}:${match?.value ?? ''}`;
}
