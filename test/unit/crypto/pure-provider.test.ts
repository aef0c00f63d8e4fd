import { describe, expect, it } from 'vitest';

import { pureOperations } from '../../../src/crypto/pure/index.ts';
import { createPureProvider } from '../../../src/x509/pure-provider.ts';

const { digests, keyWrap, report } = pureOperations;

describe('the pure provider', () => {
  it('claims neither FIPS nor locked memory', () => {
    expect(report()).toEqual({
      provider: 'pure',
      fips: 'off',
      libraryVersion: `OpenSSL ${process.versions.openssl} (node:crypto)`,
      module: undefined,
      selfTests: [],
      memory: { secureHeap: false, locked: false, dumpable: true },
    });
  });

  it('is node:crypto with an issuer of certificates added', async () => {
    const provider = await createPureProvider();
    expect(provider).toMatchObject(pureOperations);
    expect(typeof provider.certificates.issue).toBe('function');
  });

  it('lets the event loop turn while it hashes a large input', async () => {
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    await digests.async('sha3-512', new Uint8Array(8 << 20));
    clearInterval(turning);
    expect(turns).toBeGreaterThan(1);
  });

  it('takes over a key that stands in the middle of a larger buffer, and wipes that part alone', () => {
    const arena = new Uint8Array(48).fill(7);
    keyWrap.importKey(arena.subarray(8, 24));
    expect([...arena.subarray(0, 8), ...arena.subarray(24)].every((byte) => byte === 7)).toBe(true);
    expect(arena.subarray(8, 24).every((byte) => byte === 0)).toBe(true);
  });
});
