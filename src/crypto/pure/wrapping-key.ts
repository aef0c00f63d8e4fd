import { randomFillSync } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { WrappingKey } from '../provider.ts';
import { invalid } from './invalid.ts';

const BITS_PER_BYTE = 8;
const KEY_LENGTHS: readonly number[] = [16, 24, 32];

/**
 * A key-encryption key in an ordinary Buffer, wiped on drop. That Buffer lies on the process heap, where it may be
 * swapped out, dumped, or copied before it is wiped: the reason why this provider is for comparison and tests, never
 * for production.
 */
export class BufferWrappingKey implements WrappingKey {
  readonly algorithm = 'AES';
  readonly bits: number;
  readonly #bytes: Buffer;
  #dropped = false;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.bits = bytes.length * BITS_PER_BYTE;
  }

  /** Takes over 16, 24 or 32 bytes and wipes `bytes`. */
  static takeOver(bytes: Uint8Array): BufferWrappingKey {
    if (!KEY_LENGTHS.includes(bytes.length)) {
      invalid('bytes', 'a wrapping key has 16, 24 or 32 bytes');
    }
    const own = Buffer.alloc(bytes.length);
    own.set(bytes);
    bytes.fill(0);
    return new BufferWrappingKey(own);
  }

  /** A random key of 128, 192 or 256 bits. */
  static generate(bits: number): BufferWrappingKey {
    if (!KEY_LENGTHS.includes(bits / BITS_PER_BYTE)) {
      invalid('bits', 'a wrapping key has 128, 192 or 256 bits');
    }
    return new BufferWrappingKey(randomFillSync(Buffer.alloc(bits / BITS_PER_BYTE)));
  }

  /** The bytes of `key`, for this folder alone. A handle of another provider is INPUT_INVALID. */
  static bytesOf(key: WrappingKey): Buffer {
    if (!(key instanceof BufferWrappingKey)) invalid('kek', 'not a wrapping key of this provider');
    if (key.#dropped) throw new BrokerError('KEY_HANDLE_CLOSED', 'the wrapping key was dropped');
    return key.#bytes;
  }

  drop(): void {
    this.#bytes.fill(0);
    this.#dropped = true;
  }
}
