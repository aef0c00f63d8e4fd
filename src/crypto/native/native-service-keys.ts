import type { SealingKey, ServiceKeys, WrappingKey } from '../provider.ts';
import type { NativeAddon, NativeHandle } from '../../addon/addon.ts';
import { attempt } from '../../addon/native-error.ts';
import { NativeSealingKey, NativeServiceKey, NativeWrappingKey } from './native-keys.ts';

/** Row of SHA-256 in the algorithm table. */
const SHA_256 = 0;
const KEY_ID = 32;
const WRAPPED_KEY = 40;
const CHECK_VALUE = 8;
const POINT = 97;
const PUBLIC_KEY = 120;

/** Service keys and sealing keys in the native core. */
export function nativeServiceKeys(addon: NativeAddon): ServiceKeys {
  /** `make` is told where to write the check value. */
  const serviceKey = (make: (checkValue: Uint8Array) => NativeHandle): NativeServiceKey => {
    const checkValue = new Uint8Array(CHECK_VALUE);
    return new NativeServiceKey(make(checkValue), addon.serviceKeyDrop, checkValue);
  };
  const sealingKey = (make: (publicKey: Uint8Array) => NativeHandle): SealingKey => {
    const publicKey = new Uint8Array(PUBLIC_KEY);
    const handle = make(publicKey);
    const keyId = new Uint8Array(KEY_ID);
    addon.digestInto(SHA_256, publicKey, keyId, 0);
    return new NativeSealingKey(handle, addon.sealingKeyDrop, publicKey, keyId);
  };
  const parentOf = (key: WrappingKey): NativeHandle => NativeWrappingKey.handleOf(key, 'parent');

  return {
    generate: (parent) =>
      attempt(() => {
        const wrapped = new Uint8Array(WRAPPED_KEY);
        const key = serviceKey((checkValue) =>
          addon.serviceKeyGenerate(parentOf(parent), wrapped, checkValue),
        );
        return { key, wrapped };
      }),

    unwrap: (parent, wrapped) =>
      attempt(() =>
        serviceKey((checkValue) => addon.serviceKeyUnwrap(parentOf(parent), wrapped, checkValue)),
      ),

    seal: (key, recipient, context) =>
      attempt(() => {
        const ephemeralPublic = new Uint8Array(POINT);
        const wrappedKey = new Uint8Array(WRAPPED_KEY);
        const handle = NativeServiceKey.handleOf(key);
        addon.serviceKeySeal(handle, recipient, context, ephemeralPublic, wrappedKey);
        return { ephemeralPublic, wrappedKey };
      }),

    open: (recipient, { ephemeralPublic, wrappedKey }, context) =>
      attempt(() => {
        const handle = NativeSealingKey.handleOf(recipient);
        return serviceKey((checkValue) =>
          addon.serviceKeyOpen(handle, ephemeralPublic, wrappedKey, context, checkValue),
        );
      }),

    generateSealingKey: () =>
      attempt(() => sealingKey((publicKey) => addon.sealingKeyGenerate(publicKey))),

    saveSealingKey: (key, path, passphrase) => {
      attempt(() => {
        addon.sealingKeySave(NativeSealingKey.handleOf(key), path, passphrase);
      });
    },

    loadSealingKey: (path, passphrase) =>
      attempt(() => sealingKey((publicKey) => addon.sealingKeyLoad(path, passphrase, publicKey))),
  };
}
