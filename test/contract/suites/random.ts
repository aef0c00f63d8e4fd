import { beforeAll, describe, expect, it } from 'vitest';

import type { CryptoProvider, RandomSource } from '../../../src/crypto/provider.ts';

export function describeRandom(open: () => Promise<CryptoProvider>): void {
  describe('random bytes', () => {
    let random: RandomSource;
    beforeAll(async () => {
      random = (await open()).random;
    });

    it('fill the whole target and nothing beside it', () => {
      const arena = new Uint8Array(1024);
      random.fill(arena.subarray(256, 768));
      expect(arena.subarray(0, 256).every((byte) => byte === 0)).toBe(true);
      expect(arena.subarray(768).every((byte) => byte === 0)).toBe(true);
      // A gap of 64 zero bytes has a chance of 2^-512.
      for (let i = 256; i < 768; i += 64) {
        expect(arena.subarray(i, i + 64).some((byte) => byte !== 0)).toBe(true);
      }
    });

    it('differ from call to call', () => {
      const seen = new Set<string>();
      for (let i = 0; i < 1000; i++) {
        const bytes = new Uint8Array(16);
        random.fill(bytes);
        seen.add(Buffer.from(bytes).toString('hex'));
      }
      expect(seen.size).toBe(1000);
    });

    it('take an empty and a large target', () => {
      random.fill(new Uint8Array(0));
      const large = new Uint8Array(1 << 20);
      random.fill(large);
      const ones = large.reduce((sum, byte) => sum + bitCount(byte), 0);
      // 4 Mi fair bits stray from half by a thousandth in fewer than one run of 10^15.
      expect(Math.abs(ones / (large.length * 8) - 0.5)).toBeLessThan(0.002);
    });
  });
}

function bitCount(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
