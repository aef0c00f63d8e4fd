import { createHash } from 'node:crypto';

import type { SkiDigestName } from '../crypto/algorithms.ts';
import type { CertificatePolicy, ExtendedKeyUsage, KeyUsage } from '../crypto/provider.ts';
import { BrokerError } from '../errors/index.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsage as Purpose,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type Extension,
} from './peculiar.ts';

const MAX_PATH_LENGTH = 255;

/** Only a CA has a path length, and that is 0 to 255. INPUT_INVALID. */
export function checkBasicConstraints(policy: Pick<CertificatePolicy, 'basicConstraints'>): void {
  const { ca, pathLength } = policy.basicConstraints;
  if (pathLength === undefined) return;
  if (!Number.isInteger(pathLength) || pathLength < 0 || pathLength > MAX_PATH_LENGTH) {
    throw new BrokerError('INPUT_INVALID', 'a path length must be 0 to 255, or -1 for none');
  }
  if (!ca) throw new BrokerError('INPUT_INVALID', 'only a CA has a path length');
}

/** What the extensions say beside the profile's own words. Key identifiers are hexadecimal. */
export interface ExtensionFacts {
  readonly subjectKeyIdentifier: string;
  /** Absent when the CA names none, or issues to itself. */
  readonly authorityKeyIdentifier: string | undefined;
  readonly crlDistributionPoints: readonly string[];
}

const FLAGS: Readonly<Record<KeyUsage, KeyUsageFlags>> = {
  digitalSignature: KeyUsageFlags.digitalSignature,
  contentCommitment: KeyUsageFlags.nonRepudiation,
  keyEncipherment: KeyUsageFlags.keyEncipherment,
  dataEncipherment: KeyUsageFlags.dataEncipherment,
  keyAgreement: KeyUsageFlags.keyAgreement,
  keyCertSign: KeyUsageFlags.keyCertSign,
  cRLSign: KeyUsageFlags.cRLSign,
  encipherOnly: KeyUsageFlags.encipherOnly,
  decipherOnly: KeyUsageFlags.decipherOnly,
};

const PURPOSES: Readonly<Record<ExtendedKeyUsage, Purpose>> = {
  serverAuth: Purpose.serverAuth,
  clientAuth: Purpose.clientAuth,
  codeSigning: Purpose.codeSigning,
  emailProtection: Purpose.emailProtection,
  timeStamping: Purpose.timeStamping,
  OCSPSigning: Purpose.ocspSigning,
};

/** OpenSSL's names of the digests an identifier may be made with. */
const SKI_DIGEST: Readonly<Record<SkiDigestName, string>> = {
  'sha-1': 'sha1',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
  'sha3-256': 'sha3-256',
  'sha3-384': 'sha3-384',
  'sha3-512': 'sha3-512',
};

/** 160 bits: what RFC 5280 §4.2.1.2 method 1 gives, and what RFC 7093 §2 method 1 keeps of longer digests. */
const KEY_IDENTIFIER_LENGTH = 20;

/** The key identifier of a subjectPublicKey's bits, hexadecimal. */
export function keyIdentifier(bits: Uint8Array, digest: SkiDigestName): string {
  const hash = createHash(SKI_DIGEST[digest]).update(bits).digest();
  return hash.toString('hex', 0, KEY_IDENTIFIER_LENGTH);
}

/**
 * The extensions in the order of the Open Crypto Broker, which is not the same for both kinds of certificate: a CA's
 * BasicConstraints is critical and stands before the AuthorityKeyIdentifier, a leaf's is not and stands behind the CRL
 * distribution points. An extension that would be empty is left out.
 */
export function certificateExtensions(
  policy: Pick<CertificatePolicy, 'keyUsage' | 'extendedKeyUsage' | 'basicConstraints'>,
  facts: ExtensionFacts,
): Extension[] {
  const { ca } = policy.basicConstraints;
  const authorityAndCrls = [...authorityKey(facts), ...crlDistributionPoints(facts)];
  const basicConstraints = basicConstraintsOf(policy);
  return [
    ...keyUsage(policy.keyUsage),
    ...extendedKeyUsage(policy.extendedKeyUsage),
    ...(ca ? [basicConstraints, ...authorityAndCrls] : [...authorityAndCrls, basicConstraints]),
    new SubjectKeyIdentifierExtension(facts.subjectKeyIdentifier, false),
  ];
}

function keyUsage(usages: readonly KeyUsage[]): Extension[] {
  const [first, ...others] = usages;
  if (first === undefined) return [];
  // A set of flags has the type of one flag in this library.
  let flags = FLAGS[first];
  for (const usage of others) flags |= FLAGS[usage];
  return [new KeyUsagesExtension(flags, true)];
}

function extendedKeyUsage(usages: readonly ExtendedKeyUsage[]): Extension[] {
  if (usages.length === 0) return [];
  return [new ExtendedKeyUsageExtension(usages.map((usage) => PURPOSES[usage]))];
}

function basicConstraintsOf(policy: Pick<CertificatePolicy, 'basicConstraints'>): Extension {
  const { ca, pathLength } = policy.basicConstraints;
  return new BasicConstraintsExtension(ca, pathLength, ca);
}

function authorityKey(facts: ExtensionFacts): Extension[] {
  if (facts.authorityKeyIdentifier === undefined) return [];
  return [new AuthorityKeyIdentifierExtension(facts.authorityKeyIdentifier)];
}

function crlDistributionPoints(facts: ExtensionFacts): Extension[] {
  if (facts.crlDistributionPoints.length === 0) return [];
  return [new CRLDistributionPointsExtension([...facts.crlDistributionPoints])];
}
