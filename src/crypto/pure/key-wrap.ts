import { randomFillSync } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { KeyWrap, WrapMode } from '../provider.ts';
import { aesUnwrap, aesWrap } from './aes-wrap.ts';
import { parentBytes, unwrapChild, wrapChild } from './child-keys.ts';
import { invalid } from './invalid.ts';
import { overlap } from './overlap.ts';
import { BufferWrappingKey } from './wrapping-key.ts';

const SEMIBLOCK = 8;
const MAX_KEY = 4096;
const CHILD_BITS = 256;

/** AES-KW and AES-KWP over node:crypto's `id-aes*-wrap` ciphers. */
export const pureKeyWrap: KeyWrap = {
  importKey: (bytes) => BufferWrappingKey.takeOver(bytes),
  generateKey: (bits) => BufferWrappingKey.generate(bits),

  generateChild(parent) {
    const parentKey = parentBytes(parent);
    const key = BufferWrappingKey.generate(CHILD_BITS);
    return { key, wrapped: wrapChild(parentKey, BufferWrappingKey.bytesOf(key)) };
  },

  unwrapChild: (parent, wrapped) =>
    BufferWrappingKey.takeOver(unwrapChild(parentBytes(parent), wrapped)),

  generateAndWrap(kek, key, wrapped) {
    requireWrappable('kw', key, wrapped);
    const kekBytes = BufferWrappingKey.bytesOf(kek);
    randomFillSync(key);
    return wrapInto('kw', kekBytes, key, wrapped);
  },

  wrap(mode, kek, key, wrapped) {
    requireWrappable(mode, key, wrapped);
    return wrapInto(mode, BufferWrappingKey.bytesOf(kek), key, wrapped);
  },

  unwrap(mode, kek, wrapped, key) {
    requireUnwrappable(mode, wrapped, key);
    const plain = aesUnwrap(mode, BufferWrappingKey.bytesOf(kek), wrapped);
    try {
      requireRoom('key', key, plain.length);
      key.set(plain);
      return plain.length;
    } finally {
      plain.fill(0);
    }
  },
};

function wrapInto(mode: WrapMode, kek: Buffer, key: Uint8Array, wrapped: Uint8Array): number {
  const result = aesWrap(mode, kek, key);
  wrapped.set(result);
  return result.length;
}

/** KWP pads to whole semiblocks; both modes add one for the integrity check. */
function wrappedLength(keyLength: number): number {
  return Math.ceil(keyLength / SEMIBLOCK) * SEMIBLOCK + SEMIBLOCK;
}

function requireWrappable(mode: WrapMode, key: Uint8Array, wrapped: Uint8Array): void {
  const { length } = key;
  const fits = length >= (mode === 'kw' ? 2 * SEMIBLOCK : 1) && length <= MAX_KEY;
  if (!fits || (mode === 'kw' && length % SEMIBLOCK !== 0)) {
    const lengths = mode === 'kw' ? 'a multiple of 8 bytes, 16 to 4096' : '1 to 4096 bytes';
    invalid('key', `a key to wrap has ${lengths}`);
  }
  requireRoom('wrapped', wrapped, wrappedLength(length));
  if (overlap(key, wrapped)) invalid('wrapped', 'overlaps the key');
}

function requireUnwrappable(mode: WrapMode, wrapped: Uint8Array, key: Uint8Array): void {
  const { length } = wrapped;
  const shortest = mode === 'kw' ? 3 * SEMIBLOCK : 2 * SEMIBLOCK;
  const longest = wrappedLength(MAX_KEY);
  if (length < shortest || length > longest || length % SEMIBLOCK !== 0) {
    invalid('wrapped', `a wrapped key has a multiple of 8 bytes, ${shortest} to ${longest}`);
  }
  if (overlap(key, wrapped)) invalid('key', 'overlaps the wrapped key');
}

function requireRoom(field: string, output: Uint8Array, length: number): void {
  if (output.length >= length) return;
  throw new BrokerError('OUTPUT_TOO_SMALL', `needs ${length} bytes`, { field });
}
