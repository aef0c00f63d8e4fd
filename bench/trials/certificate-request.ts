import type { SignatureDigestName } from '../../src/crypto/algorithms.ts';
import type { CertificatePolicy, CertificateRequest } from '../../src/crypto/provider.ts';
import type { CertificateFixture, KeyKind } from './fixtures.ts';

/** EC: the digest of RFC 5480 §4 for the curve. RSA: what public CAs sign with. */
const DIGEST_OF: Readonly<Record<KeyKind, SignatureDigestName>> = {
  'P-256': 'sha-256',
  'P-384': 'sha-384',
  'P-521': 'sha-512',
  'RSA-2048': 'sha-256',
  'RSA-3072': 'sha-256',
  'RSA-4096': 'sha-256',
};

/** What is asked of a provider for a fixture. `now` in seconds. */
export function certificateRequest(
  { csr, caKey, caCertificate }: CertificateFixture,
  ca: KeyKind,
  now: number,
): CertificateRequest {
  return {
    policy: policyFor(ca),
    ...{ csr, caKey, caCertificate, now, crlDistributionPoints: [], format: 'pem' },
  };
}

/** A client certificate for a year. The same object for every call, as a profile's policy is. */
function policyFor(ca: KeyKind): CertificatePolicy {
  const keys = { RSA: { min: 2048, max: 4096 }, ECDSA: { min: 256, max: 521 } };
  return {
    signatureKey: ca.startsWith('RSA') ? 'RSA' : 'ECDSA',
    signatureDigest: DIGEST_OF[ca],
    notBeforeOffset: -3600,
    notAfterOffset: 8760 * 3600,
    subjectKey: keys,
    issuerKey: keys,
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedKeyUsage: ['clientAuth'],
    basicConstraints: { ca: false },
    skiDigest: 'sha-1',
  };
}
