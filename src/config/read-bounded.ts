import { readSync } from 'node:fs';

/**
 * Reads an open file from its beginning: all of it, or `limit` + 1 bytes of it, so that the caller sees that it is too
 * long even when it grew after its size was looked at.
 */
export function readBounded(descriptor: number, limit: number): Uint8Array {
  const buffer = new Uint8Array(limit + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}
