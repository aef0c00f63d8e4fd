import { describe, expect, it } from 'vitest';
import { randomPool } from '../../../src/bin/random-pool.ts';

describe('the pool of random bytes', () => {
  it('gives as many bytes as it is asked for, each time others', () => {
    const random = randomPool();
    const given = Array.from({ length: 2000 }, () => Buffer.from(random(16)).toString('hex'));
    expect(given.every((hex) => hex.length === 32)).toBe(true);
    expect(new Set(given).size).toBe(given.length);
  });

  it('never gives bytes that it has wiped, at the end of the pool neither', () => {
    const random = randomPool();
    // 4096 is no multiple of 10: the last draw of each pool finds too few.
    const given = Array.from({ length: 2000 }, () => random(10));
    expect(given.some((bytes) => bytes.every((byte) => byte === 0))).toBe(false);
  });

  it('gives more than it holds, and nothing when nothing is wanted', () => {
    const random = randomPool();
    expect(random(5000)).toHaveLength(5000);
    expect(random(4096)).toHaveLength(4096);
    expect(random(0)).toHaveLength(0);
  });

  it('gives bytes that are the caller’s own', () => {
    const random = randomPool();
    const [first, second] = [random(8), random(8)];
    first.fill(0);
    expect(first.buffer).not.toBe(second.buffer);
    expect(second.some((byte) => byte !== 0)).toBe(true);
  });
});
