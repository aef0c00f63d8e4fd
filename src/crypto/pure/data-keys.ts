import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { DataKeys, ServiceKey, WrapMode, WrappedDataKey } from '../provider.ts';
import { aesUnwrap, aesWrap, unwrapFailed } from './aes-wrap.ts';
import { decryptData, encryptData, requireCipher } from './data-cipher.ts';
import { invalid } from './invalid.ts';
import { overlap } from './overlap.ts';
import { BufferServiceKey } from './service-key.ts';

const KEY_BITS: readonly number[] = [128, 192, 256];
const MAX_KEY = 4096;
const MIN_WRAPPED = 16;
const MAX_WRAPPED = MAX_KEY + 8;
const SEMIBLOCK = 8;
const DIGEST_LENGTH = 32;
const MAX_HEADER = 1024 * 1024;

type Unbound = Omit<WrappedDataKey, 'mac'>;

/** Data keys over node:crypto. */
export const pureDataKeys: DataKeys = {
  create(key, bits, header) {
    requireUse(key, header);
    if (!KEY_BITS.includes(bits)) {
      invalid('bits', 'a data key to make has 128, 192 or 256 bits');
    }
    const plaintext = randomBytes(bits / 8);
    const row = wrapped(key, plaintext, header);
    plaintext.fill(0);
    return row;
  },

  wrap(key, plaintext, header) {
    try {
      requireUse(key, header);
      if (plaintext.length < 1 || plaintext.length > MAX_KEY) {
        invalid('plaintext', `a data key has 1 to ${MAX_KEY} bytes`);
      }
      if (overlap(plaintext, header)) invalid('plaintext', 'overlaps the header');
      return wrapped(key, plaintext, header);
    } finally {
      plaintext.fill(0);
    }
  },

  adopt(key, wrappedKey, header) {
    requireUse(key, header);
    const plaintext = unwrapped(key, wrappedKey);
    const row = { wrapped: new Uint8Array(wrappedKey), digest: digestOf(plaintext) };
    plaintext.fill(0);
    return { ...row, mac: macOf(key, row, header) };
  },

  rebind(key, row, header, newHeader) {
    pureDataKeys.verify(key, row, header);
    return pureDataKeys.bind(key, row, newHeader);
  },

  bind(key, row, header) {
    requireUse(key, header);
    if (row.digest.length !== DIGEST_LENGTH) invalid('digest', 'a digest has 32 bytes');
    if (!isWrappedLength(row.wrapped.length)) {
      invalid(
        'wrapped',
        `a wrapped key has a multiple of 8 bytes, ${MIN_WRAPPED} to ${MAX_WRAPPED}`,
      );
    }
    return macOf(key, row, header);
  },

  verify(key, row, header) {
    requireUse(key, header);
    const expected = macOf(key, row, header);
    if (row.mac.length !== expected.length || !timingSafeEqual(row.mac, expected)) {
      throw new BrokerError('DATA_KEY_TAMPERED', 'the stored data key is not what was stored');
    }
  },

  read(key, row, header, target, offset) {
    if (!Number.isSafeInteger(offset) || offset < 0) invalid('offset', 'not a place in a buffer');
    if (offset > target.length) tooSmall('the offset lies behind the target');
    const room = target.subarray(offset);
    if ([row.wrapped, row.digest, row.mac, header].some((input) => overlap(room, input))) {
      invalid('target', 'overlaps an input');
    }
    const plaintext = opened(key, row, header);
    try {
      if (plaintext.length > room.length) tooSmall(`needs ${plaintext.length} bytes`);
      room.set(plaintext);
      return plaintext.length;
    } finally {
      plaintext.fill(0);
    }
  },

  encrypt(key, row, header, cipher, data) {
    requireCipher(cipher);
    const plaintext = opened(key, row, header);
    try {
      return encryptData(cipher, plaintext, data);
    } finally {
      plaintext.fill(0);
    }
  },

  decrypt(key, row, header, cipher, data) {
    requireCipher(cipher);
    const plaintext = opened(key, row, header);
    try {
      return decryptData(cipher, plaintext, data);
    } finally {
      plaintext.fill(0);
    }
  },
};

/** The key behind a row whose MAC fits; the caller wipes it. */
function opened(key: ServiceKey, row: WrappedDataKey, header: Uint8Array): Buffer {
  pureDataKeys.verify(key, row, header);
  return unwrapped(key, row.wrapped);
}

function wrapped(key: ServiceKey, plaintext: Uint8Array, header: Uint8Array): WrappedDataKey {
  const { kek } = BufferServiceKey.bytesOf(key);
  const row = {
    wrapped: aesWrap(modeOf(plaintext.length), kek, plaintext),
    digest: digestOf(plaintext),
  };
  return { ...row, mac: macOf(key, row, header) };
}

/** Nothing in a wrapped form tells KW from KWP but its integrity check. A form that the other mode should have is refused. */
function unwrapped(key: ServiceKey, wrappedKey: Uint8Array): Buffer {
  const { kek } = BufferServiceKey.bytesOf(key);
  if (!isWrappedLength(wrappedKey.length)) unwrapFailed();
  try {
    if (wrappedKey.length > MIN_WRAPPED) return aesUnwrap('kw', kek, wrappedKey);
  } catch {
    // Not KW, then.
  }
  const plaintext = aesUnwrap('kwp', kek, wrappedKey);
  if (modeOf(plaintext.length) === 'kwp') return plaintext;
  plaintext.fill(0);
  unwrapFailed();
}

/** KW wherever it can, SP 800-38F §5.3.1. */
function modeOf(keyLength: number): WrapMode {
  return keyLength >= 2 * SEMIBLOCK && keyLength % SEMIBLOCK === 0 ? 'kw' : 'kwp';
}

function isWrappedLength(length: number): boolean {
  return length >= MIN_WRAPPED && length <= MAX_WRAPPED && length % SEMIBLOCK === 0;
}

function digestOf(plaintext: Uint8Array): Buffer {
  return createHash('sha256').update(plaintext).digest();
}

/** Each part preceded by its length, so that no byte can move from one part to the next. */
function macOf(key: ServiceKey, row: Unbound, header: Uint8Array): Buffer {
  const mac = createHmac('sha256', BufferServiceKey.bytesOf(key).mac);
  for (const part of [header, row.digest, row.wrapped]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    mac.update(length).update(part);
  }
  return mac.digest();
}

function requireUse(key: ServiceKey, header: Uint8Array): void {
  BufferServiceKey.bytesOf(key);
  if (header.length > MAX_HEADER) invalid('header', `longer than ${MAX_HEADER} bytes`);
}

function tooSmall(message: string): never {
  throw new BrokerError('OUTPUT_TOO_SMALL', message, { field: 'target' });
}
