import { createHash, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { SealedServiceKey, SealingKey } from '../provider.ts';
import { unwrapChild, wrapChild } from './child-keys.ts';
import { invalid } from './invalid.ts';
import { p384Point, p384PublicKey, publicInfo, publicPoint } from './p384.ts';

const MAX_CONTEXT = 4096;
const KEK_LENGTH = 32;
const FIRST_COUNTER = Buffer.from([0, 0, 0, 1]);

/** A sealing key as a KeyObject of node:crypto, which is given up on drop. */
export class KeyObjectSealingKey implements SealingKey {
  readonly publicKey: Uint8Array;
  readonly keyId: Uint8Array;
  #privateKey: KeyObject | undefined;

  constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.publicKey = publicInfo(privateKey);
    this.keyId = createHash('sha256').update(this.publicKey).digest();
  }

  static generate(): KeyObjectSealingKey {
    return new KeyObjectSealingKey(newPrivateKey());
  }

  /** For this folder alone. A handle of another provider is INPUT_INVALID. */
  static privateKeyOf(key: SealingKey): KeyObject {
    if (!(key instanceof KeyObjectSealingKey)) invalid('key', 'not a sealing key of this provider');
    if (key.#privateKey === undefined) {
      throw new BrokerError('KEY_HANDLE_CLOSED', 'the sealing key was dropped');
    }
    return key.#privateKey;
  }

  drop(): void {
    this.#privateKey = undefined;
  }
}

/** Seals 32 key bytes to a P-384 public key. */
export function sealTo(
  recipient: Uint8Array,
  key: Uint8Array,
  context: Uint8Array,
): SealedServiceKey {
  requireContext(context);
  const publicKey = p384PublicKey(recipient, 'recipient');
  const ephemeral = newPrivateKey();
  const kek = keyEncryptionKey(ephemeral, publicKey, context);
  try {
    return { ephemeralPublic: publicPoint(ephemeral), wrappedKey: wrapChild(kek, key) };
  } finally {
    kek.fill(0);
  }
}

/** The key bytes, which the caller wipes; UNWRAP_FAILED. */
export function openSealed(
  recipient: KeyObject,
  sealed: SealedServiceKey,
  context: Uint8Array,
): Buffer {
  requireContext(context);
  try {
    const ephemeral = p384Point(sealed.ephemeralPublic, 'sealed');
    const kek = keyEncryptionKey(recipient, ephemeral, context);
    try {
      return unwrapChild(kek, sealed.wrappedKey);
    } finally {
      kek.fill(0);
    }
  } catch (cause) {
    throw new BrokerError(
      'UNWRAP_FAILED',
      'the sealed key is damaged, or was sealed to another key or for another context',
      { field: 'sealed', cause },
    );
  }
}

function newPrivateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
}

/** SP 800-56C Rev. 2 §4.1: SHA-384(counter || Z || FixedInfo), of which one block is enough. */
function keyEncryptionKey(
  privateKey: KeyObject,
  publicKey: KeyObject,
  context: Uint8Array,
): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  const block = createHash('sha384').update(FIRST_COUNTER).update(secret).update(context).digest();
  secret.fill(0);
  return block.subarray(0, KEK_LENGTH);
}

function requireContext(context: Uint8Array): void {
  if (context.length > MAX_CONTEXT) invalid('context', `longer than ${MAX_CONTEXT} bytes`);
}
