import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { KeyWrap, WrapMode } from '../provider.ts';
import { BufferWrappingKey } from './wrapping-key.ts';

/** Integrity check values, RFC 3394 §2.2.3.1 and RFC 5649 §3. */
const INITIAL_VALUE = {
  kw: Buffer.from('a6a6a6a6a6a6a6a6', 'hex'),
  kwp: Buffer.from('a65959a6', 'hex'),
} as const;
const CIPHER_SUFFIX = { kw: '', kwp: '-pad' } as const;

const SEMIBLOCK = 8;
const MAX_KEY = 4096;

/** AES-KW and AES-KWP over node:crypto's `id-aes*-wrap` ciphers. */
export const pureKeyWrap: KeyWrap = {
  importKey: (bytes) => BufferWrappingKey.takeOver(bytes),
  generateKey: (bits) => BufferWrappingKey.generate(bits),

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
    const plain = unwrapped(mode, BufferWrappingKey.bytesOf(kek), wrapped);
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
  // Wrap modes are one-shot: update() does all, final() adds nothing.
  const result = createCipheriv(cipherName(mode, kek), kek, INITIAL_VALUE[mode]).update(key);
  wrapped.set(result);
  return result.length;
}

function unwrapped(mode: WrapMode, kek: Buffer, wrapped: Uint8Array): Buffer {
  try {
    return createDecipheriv(cipherName(mode, kek), kek, INITIAL_VALUE[mode]).update(wrapped);
  } catch (cause) {
    throw new BrokerError(
      'UNWRAP_FAILED',
      'the wrapped key is damaged or was wrapped under another key',
      { field: 'wrapped', cause },
    );
  }
}

function cipherName(mode: WrapMode, kek: Buffer): string {
  return `id-aes${kek.length * 8}-wrap${CIPHER_SUFFIX[mode]}`;
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

function overlap(a: Uint8Array, b: Uint8Array): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.length &&
    b.byteOffset < a.byteOffset + a.length
  );
}

function invalid(field: string, message: string): never {
  throw new BrokerError('INPUT_INVALID', message, { field });
}
