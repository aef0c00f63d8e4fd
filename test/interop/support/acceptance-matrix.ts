import type { ThrowawayKey } from '../../../src/x509/throwaway.ts';

/** Inclusive bounds in bits. */
type Range = readonly [min: number, max: number];
type Kind = 'RSA' | 'ECDSA';
type Ranges = Readonly<Partial<Record<Kind, Range>>>;

/** What decides about a cell, of the profiles in test/fixtures/profiles/acceptance-c. */
export interface AcceptanceProfile {
  readonly name: string;
  readonly signature: Kind;
  readonly subject: Ranges;
  readonly issuer: Ranges;
}

/** One attempt to get a certificate. */
export interface Cell {
  readonly profile: AcceptanceProfile;
  readonly issuer: { readonly name: string; readonly key: ThrowawayKey };
  readonly request: { readonly name: string; readonly kind: Kind; readonly bits: number };
}

export const PROFILES: readonly AcceptanceProfile[] = [
  {
    name: 'Default',
    signature: 'ECDSA',
    subject: { RSA: [2048, 4096], ECDSA: [256, 521] },
    issuer: { ECDSA: [384, 521] },
  },
  {
    name: 'KSA-MODERATE-2020',
    signature: 'RSA',
    subject: { RSA: [3072, 8192], ECDSA: [256, 384] },
    issuer: { RSA: [3072, 8192] },
  },
  {
    name: 'KSA-ADVANCED-2020',
    signature: 'ECDSA',
    subject: { ECDSA: [521, 521] },
    issuer: { ECDSA: [521, 521] },
  },
  {
    name: 'FIPS-140-3-128bit',
    signature: 'RSA',
    subject: { RSA: [3072, 8192], ECDSA: [256, 384] },
    issuer: { RSA: [3072, 8192] },
  },
  {
    name: 'FIPS-140-3-192bit',
    signature: 'ECDSA',
    subject: { RSA: [8192, 15380], ECDSA: [384, 521] },
    issuer: { ECDSA: [384, 521] },
  },
  {
    name: 'FIPS-140-3-256bit',
    signature: 'ECDSA',
    subject: { RSA: [15380, 15380], ECDSA: [521, 521] },
    issuer: { ECDSA: [521, 521] },
  },
];

export const ISSUERS: readonly Cell['issuer'][] = [
  { name: 'RSA-3072', key: { algorithm: 'RSA', bits: 3072 } },
  { name: 'P-256', key: { algorithm: 'ECDSA', bits: 256 } },
  { name: 'P-384', key: { algorithm: 'ECDSA', bits: 384 } },
  { name: 'P-521', key: { algorithm: 'ECDSA', bits: 521 } },
];

export const REQUESTS: readonly Cell['request'][] = [
  { name: 'csr-nist-secp224r1', kind: 'ECDSA', bits: 224 },
  { name: 'csr-nist-secp256r1', kind: 'ECDSA', bits: 256 },
  { name: 'csr-nist-secp384r1', kind: 'ECDSA', bits: 384 },
  { name: 'csr-nist-secp521r1', kind: 'ECDSA', bits: 521 },
  { name: 'csr-rsa-2048', kind: 'RSA', bits: 2048 },
  { name: 'csr-rsa-3072', kind: 'RSA', bits: 3072 },
  { name: 'csr-rsa-4096', kind: 'RSA', bits: 4096 },
  { name: 'csr-rsa-8192', kind: 'RSA', bits: 8192 },
  { name: 'csr-rsa-15380', kind: 'RSA', bits: 15380 },
];

/**
 * The rule that the original's published matrix follows without exception: subject key in range, issuer key in range,
 * and the profile signs with the issuer's kind of key.
 */
export function isIssued({ profile, issuer, request }: Cell): boolean {
  const { algorithm, bits } = issuer.key;
  return (
    profile.signature === algorithm &&
    inRange(profile.issuer[algorithm], bits) &&
    inRange(profile.subject[request.kind], request.bits)
  );
}

function inRange(range: Range | undefined, bits: number): boolean {
  return range !== undefined && bits >= range[0] && bits <= range[1];
}
