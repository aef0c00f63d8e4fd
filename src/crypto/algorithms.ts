import { BrokerError } from '../errors/index.ts';

/**
 * The one algorithm table. Profiles name algorithms by these names (any case), both providers implement exactly these
 * rows, and `id` is the row number that crosses into the native core (native/crypto/digest.h keeps the same order; a
 * test holds them together).
 */
export interface DigestAlgorithm {
  readonly id: number;
  /** Lower-case name, as responses report it. */
  readonly name: string;
  /** Output length in bytes; fixed also for SHAKE. */
  readonly outputLength: number;
  /** Inputs longer than this many bytes leave the calling thread (about 50 us of work). */
  readonly asyncAbove: number;
}

const KIB = 1024;

export const DIGESTS = [
  { id: 0, name: 'sha-256', outputLength: 32, asyncAbove: 64 * KIB },
  { id: 1, name: 'sha-384', outputLength: 48, asyncAbove: 32 * KIB },
  { id: 2, name: 'sha-512', outputLength: 64, asyncAbove: 32 * KIB },
  { id: 3, name: 'sha-512/256', outputLength: 32, asyncAbove: 32 * KIB },
  { id: 4, name: 'sha3-256', outputLength: 32, asyncAbove: 8 * KIB },
  { id: 5, name: 'sha3-384', outputLength: 48, asyncAbove: 8 * KIB },
  { id: 6, name: 'sha3-512', outputLength: 64, asyncAbove: 8 * KIB },
  { id: 7, name: 'shake-128', outputLength: 16, asyncAbove: 8 * KIB },
  { id: 8, name: 'shake-256', outputLength: 32, asyncAbove: 8 * KIB },
] as const satisfies readonly DigestAlgorithm[];

export type DigestName = (typeof DIGESTS)[number]['name'];

const digestsByName = new Map<string, DigestAlgorithm & { name: DigestName }>(
  DIGESTS.map((row) => [row.name, row]),
);

/** The row of a digest by its exact lower-case name; ALGORITHM_UNSUPPORTED when there is none. */
export function digest(name: DigestName): DigestAlgorithm {
  const row = digestsByName.get(name);
  if (row === undefined) {
    throw new BrokerError('ALGORITHM_UNSUPPORTED', 'not a digest of the table', {
      field: 'algorithm',
    });
  }
  return row;
}

/** Digests a certificate may be signed with. */
export const SIGNATURE_DIGESTS = ['sha-256', 'sha-384', 'sha-512'] as const;
export type SignatureDigestName = (typeof SIGNATURE_DIGESTS)[number];

/** Kinds of key a certificate may be issued for and signed with. RSA signs by PKCS #1 v1.5. */
export const KEY_ALGORITHMS = ['RSA', 'ECDSA'] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

/** EC curves by the bit length profiles give as key size. */
export const CURVES = [
  { name: 'P-256', bits: 256 },
  { name: 'P-384', bits: 384 },
  { name: 'P-521', bits: 521 },
] as const;

/** Digests the subject key identifier may be made with, truncated to 160 bits (RFC 7093 §2; sha-1 is RFC 5280 §4.2.1.2 method 1). */
export const SKI_DIGESTS = [
  'sha-1',
  'sha-256',
  'sha-384',
  'sha-512',
  'sha3-256',
  'sha3-384',
  'sha3-512',
] as const;
export type SkiDigestName = (typeof SKI_DIGESTS)[number];

/** Signature algorithm name as certificates and descriptors spell it (RFC 5758, RFC 8017): `ecdsa-with-SHA512`. */
export function signatureAlgorithmName(key: KeyAlgorithm, hash: SignatureDigestName): string {
  const sha = hash.replace('-', '').toUpperCase();
  return key === 'ECDSA' ? `ecdsa-with-${sha}` : `${sha.toLowerCase()}WithRSAEncryption`;
}
