import { SIGNATURE_DIGESTS } from '../algorithms.ts';
import type { Macs } from '../provider.ts';
import type { NativeAddon } from '../../addon/addon.ts';
import { attempt } from '../../addon/native-error.ts';

/** HMAC and KBKDF in the native core. */
export function nativeMacs(addon: NativeAddon): Macs {
  return {
    hmac: (algorithm, key, data) =>
      attempt(() => addon.hmac(SIGNATURE_DIGESTS.indexOf(algorithm), key, data)),
    kbkdf: (algorithm, key, label, context, length) =>
      attempt(() => addon.kbkdf(SIGNATURE_DIGESTS.indexOf(algorithm), key, label, context, length)),
  };
}
