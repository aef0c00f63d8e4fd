import type { WrappingKey } from '../provider.ts';
import { aesUnwrap, aesWrap, unwrapFailed } from './aes-wrap.ts';
import { invalid } from './invalid.ts';
import { BufferWrappingKey } from './wrapping-key.ts';

/** AES-256, of parent and child: no key hangs on a weaker one. */
const KEY_LENGTH = 32;
const WRAPPED_LENGTH = 40;

/** The bytes of an AES-256 wrapping key: KEY_HANDLE_CLOSED, or INPUT_INVALID. */
export function parentBytes(parent: WrappingKey): Buffer {
  const bytes = BufferWrappingKey.bytesOf(parent);
  return bytes.length === KEY_LENGTH ? bytes : invalid('parent', 'not an AES-256 wrapping key');
}

/** The KW form of an AES-256 key. */
export function wrapChild(parent: Uint8Array, child: Uint8Array): Buffer {
  return aesWrap('kw', parent, child);
}

/** The key in a form that `wrapChild` gave; UNWRAP_FAILED for every other. */
export function unwrapChild(parent: Uint8Array, wrapped: Uint8Array): Buffer {
  if (wrapped.length !== WRAPPED_LENGTH) unwrapFailed();
  return aesUnwrap('kw', parent, wrapped);
}
