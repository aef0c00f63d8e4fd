import type { KeyWrap } from '../provider.ts';
import type { NativeAddon, NativeHandle } from '../../addon/addon.ts';
import { attempt } from '../../addon/native-error.ts';
import { NativeWrappingKey } from './native-keys.ts';

const MODES = { kw: 0, kwp: 1 } as const;
const BITS_PER_BYTE = 8;
const CHILD_BITS = 256;
const WRAPPED_CHILD = 40;

/** AES key wrap in the native core; wrapping keys rest in its secure heap. */
export function nativeKeyWrap(addon: NativeAddon): KeyWrap {
  const keyOf = (handle: NativeHandle, bits: number): NativeWrappingKey =>
    new NativeWrappingKey(handle, addon.kekDrop, bits);
  const parentOf = (key: Parameters<KeyWrap['generateChild']>[0]): NativeHandle =>
    NativeWrappingKey.handleOf(key, 'parent');

  return {
    importKey: (bytes) =>
      attempt(() => {
        const bits = bytes.length * BITS_PER_BYTE;
        return keyOf(addon.kekImport(bytes), bits);
      }),
    generateKey: (bits) => attempt(() => keyOf(addon.kekGenerate(bits), bits)),
    generateChild: (parent) =>
      attempt(() => {
        const wrapped = new Uint8Array(WRAPPED_CHILD);
        const key = keyOf(addon.kekGenerateChild(parentOf(parent), wrapped), CHILD_BITS);
        return { key, wrapped };
      }),
    unwrapChild: (parent, wrapped) =>
      attempt(() => keyOf(addon.kekUnwrapChild(parentOf(parent), wrapped), CHILD_BITS)),
    generateAndWrap: (kek, key, wrapped) =>
      attempt(() => addon.generateAndWrap(NativeWrappingKey.handleOf(kek), key, wrapped)),
    wrap: (mode, kek, key, wrapped) =>
      attempt(() => addon.wrap(MODES[mode], NativeWrappingKey.handleOf(kek), key, wrapped)),
    unwrap: (mode, kek, wrapped, key) =>
      attempt(() => addon.unwrap(MODES[mode], NativeWrappingKey.handleOf(kek), wrapped, key)),
  };
}
