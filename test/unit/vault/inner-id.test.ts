import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { newInnerId } from '../../../src/vault/index.ts';

/** Later than what any other test of this process asks for. */
const NOW = 2_000_000_000_000;
const zeros = (bytes: number): Uint8Array => Buffer.alloc(bytes);
const ones = (bytes: number): Uint8Array => Buffer.alloc(bytes, 0xff);

describe('inner ids', () => {
  it('have the layout of a UUID of version 7', () => {
    const id = Buffer.from(newInnerId(NOW, randomBytes));
    expect(id).toHaveLength(16);
    expect(id.readUIntBE(0, 6)).toBe(NOW);
    expect(id.readUInt8(6) >> 4).toBe(7);
    expect(id.readUInt8(8) >> 6).toBe(2);
  });

  it('rise within a millisecond, whatever the randomness', () => {
    let last = newInnerId(NOW + 1, ones);
    for (let i = 0; i < 10_000; i += 1) {
      const id = newInnerId(NOW + 1, i % 2 === 0 ? zeros : ones);
      expect(Buffer.compare(last, id)).toBe(-1);
      last = id;
    }
    expect(Buffer.from(last).readUIntBE(0, 6)).toBe(NOW + 1);
  });

  it('rise when the clock goes back, and follow it again when it has caught up', () => {
    const before = newInnerId(NOW + 10, randomBytes);
    const during = newInnerId(NOW - 1_000_000, randomBytes);
    const after = newInnerId(NOW + 11, zeros);
    expect(Buffer.compare(before, during)).toBe(-1);
    expect(Buffer.compare(during, after)).toBe(-1);
    expect(Buffer.from(after).readUIntBE(0, 6)).toBe(NOW + 11);
  });

  it('differ between two processes of the same moment', () => {
    // The same millisecond cannot be asked for twice in one process, so the next one stands for another process.
    const tail = (id: Uint8Array): string => Buffer.from(id).subarray(6).toString('hex');
    const ids = Array.from({ length: 100 }, (_, i) => tail(newInnerId(NOW + 20 + i, randomBytes)));
    expect(new Set(ids).size).toBe(100);
  });
});
