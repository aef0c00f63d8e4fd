import { describe, expect, it } from 'vitest';

import { checkBasicConstraints, keyIdentifier } from '../../../src/x509/extensions.ts';
import { expectFailure } from '../../support/failures.ts';

describe('a key identifier', () => {
  it('is the first 160 bits of the digest, all of SHA-1', () => {
    const bits = Buffer.from('abc');
    expect(keyIdentifier(bits, 'sha-1')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(keyIdentifier(bits, 'sha-256')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a3');
    expect(keyIdentifier(bits, 'sha3-512')).toBe('b751850b1a57168a5693cd924b6b096e08f62182');
  });
});

describe('basic constraints', () => {
  it('give a path length from 0 to 255, to a CA alone', async () => {
    const check = (ca: boolean, pathLength: number) => () => {
      checkBasicConstraints({ basicConstraints: { ca, pathLength } });
    };
    expect(check(true, 0)).not.toThrow();
    expect(check(true, 255)).not.toThrow();
    for (const length of [-1, 256, 0.5, Number.NaN]) {
      await expectFailure(check(true, length), 'INPUT_INVALID');
    }
    await expectFailure(check(false, 0), 'INPUT_INVALID');
  });
});
