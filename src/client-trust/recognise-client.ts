import { createHash } from 'node:crypto';
import type { ClientRule } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { allowsUsage, KEY_USAGE } from './certificate-fields.ts';
import { parseCertificate, type Certificate } from './certificate.ts';
import { isValidAt, leadsToAnchor, PURPOSE } from './certification-path.ts';
import { firstFitting } from './client-rules.ts';
import { nameText } from './distinguished-name.ts';
import { isSpiffeId } from './spiffe-id.ts';
import type { TrustedTenant } from './trusted-tenants.ts';

/** A client as its certificate and the rule that fits it name it. */
export interface RecognisedClient extends CertificateFacts {
  readonly tenantId: string;
  readonly serviceId: string;
  /** KMIP operation names the rule allows; undefined: all. */
  readonly operations: ReadonlySet<string> | undefined;
  /** For logs and audit: the SPIFFE ID, else the subject. */
  readonly name: string;
}

/** What a certificate says about its holder. */
export interface CertificateFacts {
  readonly spiffeId: string | undefined;
  /** Escaped as in RFC 4514, in the order of the certificate. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hexadecimal. */
  readonly serial: string;
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly spkiSha256: Uint8Array;
}

/** Why a certificate is refused: for logs, not for the peer. */
export type ClientRefusal =
  | 'there is no certificate'
  | 'the certificate cannot be read'
  | 'the certificate is that of a CA'
  | 'the certificate is not valid now'
  | 'the certificate is not for TLS clients'
  | 'the certificate has more than one URI name'
  | 'the URI name is not a SPIFFE ID'
  | 'a name in the certificate is too long'
  | 'no tenant vouches for the certificate'
  | 'no rule fits the certificate';

export type Recognition =
  | { readonly client: RecognisedClient }
  | {
      readonly refused: ClientRefusal;
      /** What could be read of it. */
      readonly facts?: CertificateFacts;
    };

/** Certificates of one chain that are looked at; the rest cannot be part of a path. */
const MOST_CERTIFICATES = 10;
/** Bytes of a distinguished name as text. */
const LONGEST_DISTINGUISHED_NAME = 4096;

/**
 * Finds out who a TLS client is from its certificates alone (DER, leaf first): the first tenant whose CAs vouch for the
 * leaf and which has a rule that fits it; nobody, when there is none. `now` in milliseconds since 1970. Never throws for
 * what the certificates say.
 */
export function recogniseClient(
  chain: readonly Uint8Array[],
  tenants: readonly TrustedTenant[],
  now: number,
): Recognition {
  const [leafDer, ...otherDers] = chain.slice(0, MOST_CERTIFICATES);
  if (leafDer === undefined) return { refused: 'there is no certificate' };
  const leaf = parseCertificate(leafDer);
  if (leaf === undefined) return { refused: 'the certificate cannot be read' };
  const facts = factsOf(leaf);
  const unfit = unfitness(leaf, facts, now);
  if (unfit !== undefined) return { refused: unfit, facts };

  const intermediates = otherDers.flatMap((der) => parseCertificate(der) ?? []);
  let vouched = false;
  for (const { tenantId, anchors, rules } of tenants) {
    if (!leadsToAnchor(leaf, intermediates, anchors, now)) continue;
    vouched = true;
    const rule = firstFitting(rules, leaf.fields, facts.spiffeId);
    if (rule !== undefined) return { client: clientOf(facts, tenantId, rule) };
  }
  return {
    refused: vouched ? 'no rule fits the certificate' : 'no tenant vouches for the certificate',
    facts,
  };
}

/** What is wrong with a leaf, whoever issued it. */
function unfitness(
  { x509, fields }: Certificate,
  { spiffeId, subject, issuer }: CertificateFacts,
  now: number,
): ClientRefusal | undefined {
  if (fields.ca) return 'the certificate is that of a CA';
  if (!isValidAt(x509, now)) return 'the certificate is not valid now';
  // One without any purposes could be for anything: it is refused like one with others.
  const isForClients =
    fields.purposes?.includes(PURPOSE.clientAuth) === true &&
    allowsUsage(fields, KEY_USAGE.digitalSignature);
  if (!isForClients) return 'the certificate is not for TLS clients';
  // X509-SVID §2: a certificate with two is nobody's.
  if (fields.names.uri.length > 1) return 'the certificate has more than one URI name';
  if (spiffeId !== undefined && !isSpiffeId(spiffeId)) return 'the URI name is not a SPIFFE ID';
  const longest = Math.max(Buffer.byteLength(subject), Buffer.byteLength(issuer));
  return longest > LONGEST_DISTINGUISHED_NAME ? 'a name in the certificate is too long' : undefined;
}

function factsOf({ fields }: Certificate): CertificateFacts {
  return {
    spiffeId: fields.names.uri[0],
    subject: nameText(fields.subject),
    issuer: nameText(fields.issuer),
    serial: fields.serial,
    spkiSha256: createHash('sha256').update(fields.spki).digest(),
  };
}

function clientOf(facts: CertificateFacts, tenantId: string, rule: ClientRule): RecognisedClient {
  const { serviceId, operations } = rule;
  return {
    ...facts,
    tenantId,
    serviceId,
    operations: operations.length === 0 ? undefined : new Set(operations),
    name: facts.spiffeId ?? facts.subject,
  };
}
