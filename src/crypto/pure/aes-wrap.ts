import { createCipheriv, createDecipheriv } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { WrapMode } from '../provider.ts';

/** Integrity check values, RFC 3394 §2.2.3.1 and RFC 5649 §3. */
const INITIAL_VALUE = {
  kw: Buffer.from('a6a6a6a6a6a6a6a6', 'hex'),
  kwp: Buffer.from('a65959a6', 'hex'),
} as const;
const CIPHER_SUFFIX = { kw: '', kwp: '-pad' } as const;

/** AES-KW or AES-KWP by node:crypto's `id-aes*-wrap` ciphers. The lengths are checked. */
export function aesWrap(mode: WrapMode, kek: Uint8Array, key: Uint8Array): Buffer {
  // Wrap modes are one-shot: update() does all, final() adds nothing.
  return createCipheriv(cipherName(mode, kek), kek, INITIAL_VALUE[mode]).update(key);
}

/** The key, which the caller wipes; UNWRAP_FAILED. */
export function aesUnwrap(mode: WrapMode, kek: Uint8Array, wrapped: Uint8Array): Buffer {
  try {
    return createDecipheriv(cipherName(mode, kek), kek, INITIAL_VALUE[mode]).update(wrapped);
  } catch (cause) {
    unwrapFailed(cause);
  }
}

export function unwrapFailed(cause?: unknown): never {
  throw new BrokerError(
    'UNWRAP_FAILED',
    'the wrapped key is damaged or was wrapped under another key',
    { field: 'wrapped', cause },
  );
}

function cipherName(mode: WrapMode, kek: Uint8Array): string {
  return `id-aes${kek.length * 8}-wrap${CIPHER_SUFFIX[mode]}`;
}
