import type { CertificatePolicy, CertificateRequest } from '../../src/crypto/provider.ts';
import { caOf, NOW, requestOf, type KeyKind } from './pki.ts';

const ANY_KEY = { RSA: { min: 2048, max: 4096 }, ECDSA: { min: 256, max: 521 } } as const;

/** A leaf certificate signed by an EC key, from an hour ago to a year ahead; all kinds and sizes of key are allowed. */
export const LEAF_POLICY: CertificatePolicy = {
  signatureKey: 'ECDSA',
  signatureDigest: 'sha-256',
  notBeforeOffset: -3600,
  notAfterOffset: 365 * 24 * 3600,
  subjectKey: ANY_KEY,
  issuerKey: ANY_KEY,
  keyUsage: ['digitalSignature', 'keyEncipherment'],
  extendedKeyUsage: ['clientAuth'],
  basicConstraints: { ca: false },
  skiDigest: 'sha-1',
};

/** A complete, acceptable request: `subject` key certified by `issuer`. `changes` go over it. */
export async function certificateRequest(
  changes: Partial<CertificateRequest> = {},
  kinds: { readonly subject?: KeyKind; readonly issuer?: KeyKind } = {},
): Promise<CertificateRequest> {
  const ca = await caOf(kinds.issuer ?? 'P-256');
  const { csrPem } = await requestOf(kinds.subject ?? 'P-256');
  return {
    policy: LEAF_POLICY,
    csr: Buffer.from(csrPem),
    caKey: Buffer.from(ca.keyPem),
    caCertificate: Buffer.from(ca.certificatePem),
    now: NOW,
    crlDistributionPoints: [],
    format: 'pem',
    ...changes,
  };
}

/** The leaf policy with some members changed. */
export function policy(changes: Partial<CertificatePolicy>): CertificatePolicy {
  return { ...LEAF_POLICY, ...changes };
}
