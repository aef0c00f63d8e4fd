import { describe, expect, it } from 'vitest';

import type { KeyConstraints } from '../../../src/crypto/provider.ts';
import { checkKeys, type KeyDescription } from '../../../src/x509/key-constraints.ts';
import { failureOf } from '../../support/failures.ts';

const EC: KeyConstraints = { ECDSA: { min: 256, max: 384 } };
const P_256: KeyDescription = { algorithm: 'ECDSA', bits: 256 };
const policy = (subjectKey: KeyConstraints, issuerKey: KeyConstraints = EC) =>
  ({ subjectKey, issuerKey, signatureKey: 'ECDSA' }) as const;

const messageOf = async (...args: Parameters<typeof checkKeys>): Promise<string> => {
  const { code, message } = await failureOf(() => {
    checkKeys(...args);
  });
  return `${code} ${message}`;
};

describe('the keys a profile allows', () => {
  it.each([256, 257, 384])('include both bounds: %i bits', (bits) => {
    expect(() => {
      checkKeys(policy(EC), { algorithm: 'ECDSA', bits }, P_256);
    }).not.toThrow();
  });

  it('are told with what is wrong', async () => {
    const rsa: KeyDescription = { algorithm: 'RSA', bits: 1024 };
    expect(await messageOf(policy(EC), rsa, P_256)).toBe(
      'SUBJECT_KEY_NOT_ALLOWED csr: the profile allows no RSA keys for the subject',
    );
    expect(await messageOf(policy({ RSA: { min: 2048, max: 4096 } }), rsa, P_256)).toBe(
      'SUBJECT_KEY_NOT_ALLOWED csr: RSA key of 1024 bits is outside the 2048 to 4096 bits the profile allows',
    );
    expect(await messageOf(policy(EC), P_256, { algorithm: 'ECDSA', bits: 521 })).toBe(
      'ISSUER_KEY_NOT_ALLOWED caPrivateKey: ECDSA key of 521 bits is outside the 256 to 384 bits the profile allows',
    );
    const anyIssuer = { ...EC, RSA: { min: 1, max: 16_384 } };
    expect(await messageOf(policy(EC, anyIssuer), P_256, rsa)).toBe(
      'SIGNATURE_ALGORITHM_MISMATCH caPrivateKey: the profile signs with ECDSA, but the CA key is an RSA key of 1024 bits',
    );
  });

  it('have an end where no profile matters any more', async () => {
    const huge: KeyDescription = { algorithm: 'RSA', bits: 16_385 };
    expect(await messageOf(policy({ RSA: { min: 1, max: 20_000 } }), huge, P_256)).toBe(
      'KEY_UNSUPPORTED csr: RSA key of 16385 bits is longer than 16384 bits',
    );
  });
});
