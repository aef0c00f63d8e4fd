import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { KeyWrap, WrapMode, WrappingKey } from '../provider.ts';

/** Integrity check values, RFC 3394 §2.2.3.1 and RFC 5649 §3. */
const INITIAL_VALUE = {
  kw: Buffer.from('a6a6a6a6a6a6a6a6', 'hex'),
  kwp: Buffer.from('a65959a6', 'hex'),
} as const;
const CIPHER_SUFFIX = { kw: '', kwp: '-pad' } as const;

const SEMIBLOCK = 8;
const MAX_KEY = 4096;

/**
 * A key-encryption key in an ordinary Buffer, wiped on drop. That Buffer lies on the process heap, where it may be
 * swapped out or copied before it is wiped: the reason why this provider is for comparison and tests, never production.
 */
class BufferWrappingKey implements WrappingKey {
  readonly algorithm = 'AES';
  readonly bits: number;
  readonly #bytes: Buffer;
  #dropped = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.bits = bytes.length * 8;
  }

  drop(): void {
    this.#bytes.fill(0);
    this.#dropped = true;
  }

  /** Key bytes for the pure provider alone; a handle of another provider is INPUT_INVALID. */
  static bytesOf(key: WrappingKey): Buffer {
    if (!(key instanceof BufferWrappingKey)) {
      throw new BrokerError('INPUT_INVALID', 'the handle is not a wrapping key of this provider');
    }
    if (key.#dropped) throw new BrokerError('KEY_HANDLE_CLOSED', 'the wrapping key was dropped');
    return key.#bytes;
  }
}

/** AES-KW and AES-KWP over node:crypto's `id-aes*-wrap` ciphers. */
export const pureKeyWrap: KeyWrap = {
  importKey(bytes) {
    if (![16, 24, 32].includes(bytes.length)) {
      bytes.fill(0);
      throw new BrokerError('INPUT_INVALID', 'a wrapping key has 16, 24 or 32 bytes');
    }
    const own = Buffer.alloc(bytes.length);
    own.set(bytes);
    bytes.fill(0);
    return new BufferWrappingKey(own);
  },

  generateKey(bits) {
    if (![128, 192, 256].includes(bits)) {
      throw new BrokerError('INPUT_INVALID', 'a wrapping key has 128, 192 or 256 bits');
    }
    return new BufferWrappingKey(randomFillSync(Buffer.alloc(bits / 8)));
  },

  generateAndWrap(kek, key, wrapped) {
    const kekBytes = BufferWrappingKey.bytesOf(kek);
    requireKeyLength('kw', key.length);
    requireRoom(wrapped, wrappedLength('kw', key.length));
    randomFillSync(key);
    return wrapInto('kw', kekBytes, key, wrapped);
  },

  wrap(mode, kek, key, wrapped) {
    const kekBytes = BufferWrappingKey.bytesOf(kek);
    requireKeyLength(mode, key.length);
    requireRoom(wrapped, wrappedLength(mode, key.length));
    return wrapInto(mode, kekBytes, key, wrapped);
  },

  unwrap(mode, kek, wrapped, key) {
    const kekBytes = BufferWrappingKey.bytesOf(kek);
    requireWrappedLength(mode, wrapped.length);
    const plain = unwrapped(mode, kekBytes, wrapped);
    try {
      requireRoom(key, plain.length);
      key.set(plain);
      return plain.length;
    } finally {
      plain.fill(0);
    }
  },
};

function wrapInto(mode: WrapMode, kek: Buffer, key: Uint8Array, wrapped: Uint8Array): number {
  const cipher = createCipheriv(cipherName(mode, kek), kek, INITIAL_VALUE[mode]);
  // Wrap modes are one-shot: update() does all, final() adds nothing.
  const result = cipher.update(key);
  wrapped.set(result);
  return result.length;
}

function unwrapped(mode: WrapMode, kek: Buffer, wrapped: Uint8Array): Buffer {
  try {
    return createDecipheriv(cipherName(mode, kek), kek, INITIAL_VALUE[mode]).update(wrapped);
  } catch (cause) {
    throw new BrokerError('UNWRAP_FAILED', 'the wrapped key does not unwrap under this key', {
      cause,
    });
  }
}

function cipherName(mode: WrapMode, kek: Buffer): string {
  return `id-aes${kek.length * 8}-wrap${CIPHER_SUFFIX[mode]}`;
}

/** Length of the wrapped form of `length` bytes: KWP pads to the next semiblock. */
function wrappedLength(mode: WrapMode, length: number): number {
  const padded = mode === 'kw' ? length : Math.ceil(length / SEMIBLOCK) * SEMIBLOCK;
  return padded + SEMIBLOCK;
}

function requireKeyLength(mode: WrapMode, length: number): void {
  const valid =
    mode === 'kw'
      ? length >= 2 * SEMIBLOCK && length <= MAX_KEY && length % SEMIBLOCK === 0
      : length >= 1 && length <= MAX_KEY;
  if (valid) return;
  throw new BrokerError(
    'INPUT_INVALID',
    mode === 'kw'
      ? `a key to wrap with KW has 16 to ${MAX_KEY} bytes, a multiple of 8`
      : `a key to wrap with KWP has 1 to ${MAX_KEY} bytes`,
  );
}

function requireWrappedLength(mode: WrapMode, length: number): void {
  const least = mode === 'kw' ? 3 * SEMIBLOCK : 2 * SEMIBLOCK;
  if (length >= least && length <= MAX_KEY + SEMIBLOCK && length % SEMIBLOCK === 0) return;
  throw new BrokerError(
    'INPUT_INVALID',
    `a wrapped key has ${least} to ${MAX_KEY + SEMIBLOCK} bytes, a multiple of 8`,
  );
}

function requireRoom(output: Uint8Array, length: number): void {
  if (output.length < length) {
    throw new BrokerError('OUTPUT_TOO_SMALL', `the output needs ${length} bytes`);
  }
}
