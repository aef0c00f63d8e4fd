import { digest } from '../algorithms.ts';
import type { Digests } from '../provider.ts';
import type { NativeAddon } from '../../addon/addon.ts';
import { toBrokerError } from '../../addon/native-error.ts';

/**
 * The digests of the algorithm table in the native core. A short digest takes 100 ns: the reason for plain try and catch
 * here, where other files call `attempt`.
 */
export function nativeDigests(addon: NativeAddon): Digests {
  return {
    hex(algorithm, input) {
      try {
        return addon.digestHex(digest(algorithm).id, input);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    into(algorithm, input, output, offset = 0) {
      try {
        return addon.digestInto(digest(algorithm).id, input, output, offset);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    batch(algorithm, inputs, offsets, output) {
      try {
        return addon.digestBatch(digest(algorithm).id, inputs, offsets, output);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    async async(algorithm, input) {
      try {
        const { id, asyncAbove, outputLength } = digest(algorithm);
        if (input.length > asyncAbove) return await addon.digestAsync(id, input);
        const output = new Uint8Array(outputLength);
        addon.digestInto(id, input, output, 0);
        return output;
      } catch (error) {
        throw toBrokerError(error);
      }
    },
  };
}
