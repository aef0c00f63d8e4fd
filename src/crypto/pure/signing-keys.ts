import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { SigningKey, SigningKeys } from '../provider.ts';
import { aesUnwrap, aesWrap, unwrapFailed } from './aes-wrap.ts';
import { parentBytes } from './child-keys.ts';
import { invalid } from './invalid.ts';
import { p384PublicKey, privateInfo, publicInfo, readPrivateInfo } from './p384.ts';

/** A PrivateKeyInfo of 185 bytes under KWP. */
const WRAPPED_LENGTH = 200;
const MAX_DATA = 16 * 1024 * 1024;

/** A signing key as a KeyObject of node:crypto, which is given up on drop. */
class KeyObjectSigningKey implements SigningKey {
  readonly publicKey: Uint8Array;
  #privateKey: KeyObject | undefined;

  constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.publicKey = publicInfo(privateKey);
  }

  static privateKeyOf(key: SigningKey): KeyObject {
    if (!(key instanceof KeyObjectSigningKey)) invalid('key', 'not a signing key of this provider');
    if (key.#privateKey === undefined) {
      throw new BrokerError('KEY_HANDLE_CLOSED', 'the signing key was dropped');
    }
    return key.#privateKey;
  }

  drop(): void {
    this.#privateKey = undefined;
  }
}

/** ECDSA on P-384 over node:crypto. */
export const pureSigningKeys: SigningKeys = {
  generate(parent) {
    const parentKey = parentBytes(parent);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const info = privateInfo(privateKey);
    const wrapped = aesWrap('kwp', parentKey, info);
    info.fill(0);
    return { key: new KeyObjectSigningKey(privateKey), wrapped };
  },

  unwrap(parent, wrapped) {
    const parentKey = parentBytes(parent);
    if (wrapped.length !== WRAPPED_LENGTH) unwrapFailed();
    const info = aesUnwrap('kwp', parentKey, wrapped);
    try {
      return new KeyObjectSigningKey(readPrivateInfo(info) ?? unwrapFailed());
    } finally {
      info.fill(0);
    }
  },

  sign(key, data) {
    const privateKey = KeyObjectSigningKey.privateKeyOf(key);
    requireLength(data);
    return sign('sha384', data, { key: privateKey, dsaEncoding: 'der' });
  },

  verify(publicKey, data, signature) {
    requireLength(data);
    const key = p384PublicKey(publicKey, 'publicKey');
    return verify('sha384', data, { key, dsaEncoding: 'der' }, signature);
  },
};

function requireLength(data: Uint8Array): void {
  if (data.length > MAX_DATA) invalid('data', `longer than ${MAX_DATA} bytes`);
}
