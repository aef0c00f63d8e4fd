import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_PATH_BYTES, sidePath } from '../../../../src/grpc/unix/socket-path.ts';

describe('a name beside a socket', () => {
  it('is in the same directory, another name, and short enough, whatever the lengths', () => {
    for (let directoryLength = 1; directoryLength <= 105; directoryLength += 1) {
      const path = `/${'d'.repeat(directoryLength)}/s`.slice(0, MAX_PATH_BYTES);
      for (const seed of ['a', 'b', 'c']) {
        const side = sidePath(path, seed);
        expect(dirname(side)).toBe(dirname(path));
        expect(side).not.toBe(path);
        expect(Buffer.byteLength(side)).toBeLessThanOrEqual(MAX_PATH_BYTES);
      }
    }
  });

  it('is the same for the same seed and another one for another', () => {
    expect(sidePath('/tmp/a.sock', 'x')).toBe(sidePath('/tmp/a.sock', 'x'));
    expect(sidePath('/tmp/a.sock', 'x')).not.toBe(sidePath('/tmp/a.sock', 'y'));
    expect(sidePath('/tmp/a.sock', 'x')).not.toBe(sidePath('/tmp/b.sock', 'x'));
  });

  it('is hidden where there is room for it', () => {
    expect(sidePath('/tmp/a.sock', 'x')).toMatch(/^\/tmp\/\.[0-9a-f]{13}$/);
  });
});
