import { getHashes } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import {
  CURVES,
  digest,
  DIGESTS,
  SIGNATURE_DIGESTS,
  signatureAlgorithmName,
  type DigestName,
} from '../../../src/crypto/algorithms.ts';
import { expectFailure } from '../../support/failures.ts';

describe('the algorithm table', () => {
  it('numbers its digests by position, since the number crosses into the native core', () => {
    expect(DIGESTS.map((row) => row.id)).toEqual(DIGESTS.map((_, i) => i));
  });

  it('has each digest once, in lower case', () => {
    const names = DIGESTS.map((row) => row.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => name === name.toLowerCase())).toBe(true);
  });

  it('finds a digest by its exact name alone', async () => {
    expect(digest('sha-512/256')).toEqual({
      id: 3,
      name: 'sha-512/256',
      outputLength: 32,
      asyncAbove: 32_768,
    });
    for (const name of ['SHA-256', 'sha256', 'sha-1', 'md5', '', 'constructor']) {
      await expectFailure(() => digest(name as DigestName), 'ALGORITHM_UNSUPPORTED');
    }
  });

  it('names signatures as certificates do', () => {
    expect(signatureAlgorithmName('ECDSA', 'sha-512')).toBe('ecdsa-with-SHA512');
    expect(signatureAlgorithmName('ECDSA', 'sha-256')).toBe('ecdsa-with-SHA256');
    expect(signatureAlgorithmName('RSA', 'sha-256')).toBe('sha256WithRSAEncryption');
    expect(signatureAlgorithmName('RSA', 'sha-384')).toBe('sha384WithRSAEncryption');
  });

  it('signs only with digests that it can compute, of at least 256 bits', () => {
    for (const name of SIGNATURE_DIGESTS) {
      expect(digest(name).outputLength).toBeGreaterThanOrEqual(32);
      expect(getHashes()).toContain(name.replace('-', ''));
    }
  });

  it('names each curve by its size', () => {
    expect(CURVES.map(({ name, bits }) => name === `P-${bits}`)).toEqual([true, true, true]);
  });
});
