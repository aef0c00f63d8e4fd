import type { Aead } from '../provider.ts';
import type { NativeAddon } from '../../addon/addon.ts';
import { attempt } from '../../addon/native-error.ts';

/** AES-GCM in the native core. */
export function nativeAead(addon: NativeAddon): Aead {
  return {
    seal: (key, nonce, plaintext, additionalData) =>
      attempt(() => addon.aeadSeal(key, nonce, plaintext, additionalData)),
    open: (key, nonce, ciphertext, additionalData) =>
      attempt(() => addon.aeadOpen(key, nonce, ciphertext, additionalData)),
  };
}
