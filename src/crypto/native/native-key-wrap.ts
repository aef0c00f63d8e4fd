import { BrokerError } from '../../errors/index.ts';
import type { KeyWrap, WrappingKey } from '../provider.ts';
import type { NativeAddon, NativeHandle } from './addon.ts';
import { attempt } from './native-error.ts';

const MODES = { kw: 0, kwp: 1 } as const;
const BITS_PER_BYTE = 8;

/** AES key wrap in the native core; wrapping keys rest in its secure heap. */
export function nativeKeyWrap(addon: NativeAddon): KeyWrap {
  return {
    importKey: (bytes) =>
      attempt(() => {
        const bits = bytes.length * BITS_PER_BYTE;
        return new NativeWrappingKey(addon, addon.kekImport(bytes), bits);
      }),
    generateKey: (bits) =>
      attempt(() => new NativeWrappingKey(addon, addon.kekGenerate(bits), bits)),
    generateAndWrap: (kek, key, wrapped) =>
      attempt(() => addon.generateAndWrap(NativeWrappingKey.handleOf(kek), key, wrapped)),
    wrap: (mode, kek, key, wrapped) =>
      attempt(() => addon.wrap(MODES[mode], NativeWrappingKey.handleOf(kek), key, wrapped)),
    unwrap: (mode, kek, wrapped, key) =>
      attempt(() => addon.unwrap(MODES[mode], NativeWrappingKey.handleOf(kek), wrapped, key)),
  };
}

/** Shows nothing of the key: the handle is an External behind a private name. */
class NativeWrappingKey implements WrappingKey {
  readonly algorithm = 'AES';
  readonly bits: number;
  readonly #addon: NativeAddon;
  readonly #handle: NativeHandle;

  constructor(addon: NativeAddon, handle: NativeHandle, bits: number) {
    this.#addon = addon;
    this.#handle = handle;
    this.bits = bits;
  }

  static handleOf(key: WrappingKey): NativeHandle {
    if (!(key instanceof NativeWrappingKey)) {
      throw new BrokerError('INPUT_INVALID', 'not a wrapping key of this provider', {
        field: 'kek',
      });
    }
    return key.#handle;
  }

  drop(): void {
    this.#addon.kekDrop(this.#handle);
  }
}
