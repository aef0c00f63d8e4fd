import { createHmac } from 'node:crypto';

import type { SignatureDigestName } from '../algorithms.ts';
import type { Macs } from '../provider.ts';
import { invalid } from './invalid.ts';

const NODE_NAME = { 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' } as const;

/** 112 bits, SP 800-131Ar2 §10. */
const MIN_KEY = 14;
const MAX_DERIVED = 1024;

/** HMAC over node:crypto, and KBKDF written over it. */
export const pureMacs: Macs = {
  hmac(algorithm, key, data) {
    requireKey(key);
    return hmac(algorithm, key, [data]);
  },

  kbkdf(algorithm, key, label, context, length) {
    if (!Number.isInteger(length) || length < 1 || length > MAX_DERIVED) {
      invalid('length', `not a whole number from 1 to ${MAX_DERIVED}`);
    }
    requireKey(key);
    // SP 800-108r1 §4.1: K(i) = PRF(KI, [i]32 || Label || 0x00 || Context || [L]32), L in bits.
    const separator = Uint8Array.of(0);
    const lengthInBits = uint32(length * 8);
    const blocks: Buffer[] = [];
    for (let derived = 0, i = 1; derived < length; i++) {
      const block = hmac(algorithm, key, [uint32(i), label, separator, context, lengthInBits]);
      blocks.push(block);
      derived += block.length;
    }
    const output = Buffer.concat(blocks, length);
    for (const block of blocks) block.fill(0);
    return output;
  },
};

function hmac(
  algorithm: SignatureDigestName,
  key: Uint8Array,
  parts: readonly Uint8Array[],
): Buffer {
  const mac = createHmac(NODE_NAME[algorithm], key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function requireKey(key: Uint8Array): void {
  if (key.length < MIN_KEY) invalid('key', `a key has at least ${MIN_KEY} bytes`);
}
