import {
  createCipheriv,
  createDecipheriv,
  type CipherGCMTypes,
  type CipherGCMOptions,
} from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { DataCipher } from '../provider.ts';
import { invalid } from './invalid.ts';

const BLOCK = 16;
const IV_LENGTH: Readonly<Record<DataCipher['mode'], number>> = { cbc: BLOCK, ecb: 0, gcm: 12 };
const MIN_TAG = 12;
const MAX_TAG = 16;
const MAX_DATA = 64 * 1024 * 1024;
const KEY_LENGTHS: readonly number[] = [16, 24, 32];

/** INPUT_INVALID naming the first member that does not fit the mode. */
export function requireCipher(cipher: DataCipher): void {
  const { mode, padding, iv, additionalData, tagLength } = cipher;
  if (!Object.hasOwn(IV_LENGTH, mode)) invalid('mode', 'neither cbc, ecb nor gcm');
  if (iv.length !== IV_LENGTH[mode]) {
    invalid('iv', `${mode.toUpperCase()} has an IV of ${IV_LENGTH[mode]} bytes`);
  }
  const isGcm = mode === 'gcm';
  if (isGcm && padding) invalid('padding', 'GCM has no padding');
  if (!isGcm && additionalData.length > 0) {
    invalid('additionalData', 'only GCM authenticates additional data');
  }
  if (isGcm && !(Number.isInteger(tagLength) && tagLength >= MIN_TAG && tagLength <= MAX_TAG)) {
    invalid('tagLength', `a tag has ${MIN_TAG} to ${MAX_TAG} bytes`);
  }
}

/** AES by node:crypto. The cipher is checked. */
export function encryptData(cipher: DataCipher, key: Uint8Array, data: Uint8Array): Uint8Array {
  requireKey(key);
  if (data.length > MAX_DATA) invalid('data', 'longer than 64 MiB');
  if (cipher.mode === 'gcm') {
    const state = createCipheriv(gcmName(key), key, cipher.iv, gcmOptions(cipher));
    state.setAAD(cipher.additionalData);
    return Buffer.concat([state.update(data), state.final(), state.getAuthTag()]);
  }
  if (!cipher.padding) requireBlocks(data);
  const state = createCipheriv(blockName(cipher, key), key, ivOf(cipher));
  state.setAutoPadding(cipher.padding);
  return Buffer.concat([state.update(data), state.final()]);
}

/** DECRYPT_FAILED when tag or padding is wrong. */
export function decryptData(cipher: DataCipher, key: Uint8Array, data: Uint8Array): Uint8Array {
  requireKey(key);
  if (data.length > MAX_DATA) invalid('data', 'longer than 64 MiB');
  if (cipher.mode === 'gcm') {
    if (data.length < cipher.tagLength) invalid('data', 'shorter than its tag');
    const tagStart = data.length - cipher.tagLength;
    const state = createDecipheriv(gcmName(key), key, cipher.iv, gcmOptions(cipher));
    state.setAAD(cipher.additionalData);
    state.setAuthTag(data.subarray(tagStart));
    return finished(state.update(data.subarray(0, tagStart)), () => state.final());
  }
  requireBlocks(data);
  if (cipher.padding && data.length === 0) {
    invalid('data', 'without the block that holds the padding');
  }
  const state = createDecipheriv(blockName(cipher, key), key, ivOf(cipher));
  state.setAutoPadding(cipher.padding);
  return finished(state.update(data), () => state.final());
}

/** The whole plaintext. What came before a failure was never authenticated, and is wiped. */
function finished(start: Buffer, final: () => Buffer): Buffer {
  try {
    return Buffer.concat([start, final()]);
  } catch (cause) {
    throw new BrokerError('DECRYPT_FAILED', 'the tag or padding is wrong', {
      field: 'data',
      cause,
    });
  } finally {
    start.fill(0);
  }
}

function requireKey(key: Uint8Array): void {
  if (!KEY_LENGTHS.includes(key.length)) invalid('key', 'the data key is no AES key');
}

function requireBlocks(data: Uint8Array): void {
  if (data.length % BLOCK !== 0) invalid('data', `not whole blocks of ${BLOCK} bytes`);
}

function gcmName(key: Uint8Array): CipherGCMTypes {
  return `aes-${(key.length * 8) as 128 | 192 | 256}-gcm`;
}

function gcmOptions(cipher: DataCipher): CipherGCMOptions {
  return { authTagLength: cipher.tagLength };
}

function blockName({ mode }: DataCipher, key: Uint8Array): string {
  return `aes-${key.length * 8}-${mode}`;
}

function ivOf({ mode, iv }: DataCipher): Uint8Array | null {
  return mode === 'ecb' ? null : iv;
}
