import type { SigningKeys, WrappingKey } from '../provider.ts';
import type { NativeAddon, NativeHandle } from '../../addon/addon.ts';
import { attempt } from '../../addon/native-error.ts';
import { NativeSigningKey, NativeWrappingKey } from './native-keys.ts';

/** A PrivateKeyInfo of 185 bytes under KWP. */
const WRAPPED_KEY = 200;
const PUBLIC_KEY = 120;

/** ECDSA on P-384 in the native core. */
export function nativeSigningKeys(addon: NativeAddon): SigningKeys {
  const signingKey = (make: (publicKey: Uint8Array) => NativeHandle): NativeSigningKey => {
    const publicKey = new Uint8Array(PUBLIC_KEY);
    return new NativeSigningKey(make(publicKey), addon.signingKeyDrop, publicKey);
  };
  const parentOf = (key: WrappingKey): NativeHandle => NativeWrappingKey.handleOf(key, 'parent');

  return {
    generate: (parent) =>
      attempt(() => {
        const wrapped = new Uint8Array(WRAPPED_KEY);
        const key = signingKey((publicKey) =>
          addon.signingKeyGenerate(parentOf(parent), wrapped, publicKey),
        );
        return { key, wrapped };
      }),
    unwrap: (parent, wrapped) =>
      attempt(() =>
        signingKey((publicKey) => addon.signingKeyUnwrap(parentOf(parent), wrapped, publicKey)),
      ),
    sign: (key, data) => attempt(() => addon.signingKeySign(NativeSigningKey.handleOf(key), data)),
    verify: (publicKey, data, signature) =>
      attempt(() => addon.signingKeyVerify(publicKey, data, signature)),
  };
}
