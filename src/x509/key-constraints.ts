import type { KeyAlgorithm } from '../crypto/algorithms.ts';
import type { CertificatePolicy, KeyConstraints } from '../crypto/provider.ts';
import { BrokerError, type ErrorCode } from '../errors/index.ts';

/** Kind and size of a key: RSA modulus length or EC field size, in bits. */
export interface KeyDescription {
  readonly algorithm: KeyAlgorithm;
  readonly bits: number;
}

/** OpenSSL's own limit. The time of an RSA operation grows with the cube of the length: below it the profile protects. */
const MAX_RSA_BITS = 16_384;

/**
 * Holds subject and issuer key against the profile: kinds it does not name and sizes outside its inclusive bounds are
 * SUBJECT_KEY_NOT_ALLOWED or ISSUER_KEY_NOT_ALLOWED, a CA key that cannot make the profile's signature is
 * SIGNATURE_ALGORITHM_MISMATCH.
 */
export function checkKeys(
  policy: Pick<CertificatePolicy, 'subjectKey' | 'issuerKey' | 'signatureKey'>,
  subject: KeyDescription,
  issuer: KeyDescription,
): void {
  checkKey(policy.subjectKey, subject, 'subject', 'SUBJECT_KEY_NOT_ALLOWED', 'csr');
  checkKey(policy.issuerKey, issuer, 'issuer', 'ISSUER_KEY_NOT_ALLOWED', 'caPrivateKey');
  if (issuer.algorithm !== policy.signatureKey) {
    throw new BrokerError(
      'SIGNATURE_ALGORITHM_MISMATCH',
      `the profile signs with ${policy.signatureKey}, but the CA key is an ${shown(issuer)}`,
      { field: 'caPrivateKey' },
    );
  }
}

function checkKey(
  constraints: KeyConstraints,
  key: KeyDescription,
  owner: 'subject' | 'issuer',
  refusal: ErrorCode,
  field: 'csr' | 'caPrivateKey',
): void {
  const range = constraints[key.algorithm];
  if (range === undefined) {
    const message = `the profile allows no ${key.algorithm} keys for the ${owner}`;
    throw new BrokerError(refusal, message, { field });
  }
  if (key.bits < range.min || key.bits > range.max) {
    const bounds = `${range.min} to ${range.max} bits`;
    const message = `${shown(key)} is outside the ${bounds} the profile allows`;
    throw new BrokerError(refusal, message, { field });
  }
  if (key.algorithm === 'RSA' && key.bits > MAX_RSA_BITS) {
    const message = `${shown(key)} is longer than ${MAX_RSA_BITS} bits`;
    throw new BrokerError('KEY_UNSUPPORTED', message, { field });
  }
}

function shown(key: KeyDescription): string {
  return `${key.algorithm} key of ${key.bits} bits`;
}
