import type { DataCipher, DataKeys, ServiceKey, WrappedDataKey } from '../provider.ts';
import type { NativeAddon, NativeDataCipher } from '../../addon/addon.ts';
import { toBrokerError } from '../../addon/native-error.ts';
import { NativeServiceKey } from './native-keys.ts';

const DIGEST_END = 32;
const MAC_END = 64;
const MAX_WRAPPED = 4104;
const MODES: Readonly<Record<DataCipher['mode'], number>> = { cbc: 0, ecb: 1, gcm: 2 };

/**
 * Data keys in the native core. The core writes every result into one buffer that is made once (it holds no secret), and
 * the parts are copied out of it: V8 keeps arrays of up to 64 bytes on its own heap, where one costs a tenth of what a
 * buffer does that native code makes.
 */
export function nativeDataKeys(addon: NativeAddon): DataKeys {
  const output = new Uint8Array(MAC_END + MAX_WRAPPED);
  const mac = new Uint8Array(MAC_END - DIGEST_END);

  const row = (wrapped: Uint8Array): WrappedDataKey => ({
    wrapped,
    digest: output.slice(0, DIGEST_END),
    mac: output.slice(DIGEST_END, MAC_END),
  });
  const wrappedForm = (length: number): Uint8Array => output.slice(MAC_END, MAC_END + length);

  const run = (
    operation: NativeDataCipher,
    key: ServiceKey,
    { wrapped, digest, mac }: WrappedDataKey,
    header: Uint8Array,
    { mode, padding, iv, additionalData, tagLength }: DataCipher,
    data: Uint8Array,
  ): Uint8Array =>
    operation(
      NativeServiceKey.handleOf(key),
      wrapped,
      digest,
      mac,
      header,
      MODES[mode],
      padding,
      iv,
      additionalData,
      mode === 'gcm' ? tagLength : 0,
      data,
    );

  return {
    create(key, bits, header) {
      try {
        const length = addon.dataKeyCreate(NativeServiceKey.handleOf(key), bits, header, output);
        return row(wrappedForm(length));
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    wrap(key, plaintext, header) {
      try {
        const handle = NativeServiceKey.handleOf(key);
        const length = addon.dataKeyWrap(handle, plaintext, header, output);
        return row(wrappedForm(length));
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    adopt(key, wrapped, header) {
      try {
        addon.dataKeyAdopt(NativeServiceKey.handleOf(key), wrapped, header, output);
        return row(new Uint8Array(wrapped));
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    rebind(key, row, header, newHeader) {
      try {
        const handle = NativeServiceKey.handleOf(key);
        addon.dataKeyRebind(handle, row.wrapped, row.digest, row.mac, header, newHeader, mac);
        return mac.slice();
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    bind(key, row, header) {
      try {
        const handle = NativeServiceKey.handleOf(key);
        addon.dataKeyBind(handle, row.wrapped, row.digest, header, mac);
        return mac.slice();
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    verify(key, row, header) {
      try {
        const handle = NativeServiceKey.handleOf(key);
        addon.dataKeyVerify(handle, row.wrapped, row.digest, row.mac, header);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    read(key, row, header, target, offset) {
      try {
        const handle = NativeServiceKey.handleOf(key);
        const { wrapped, digest, mac } = row;
        return addon.dataKeyRead(handle, wrapped, digest, mac, header, target, offset);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    encrypt(key, row, header, cipher, data) {
      try {
        return run(addon.dataKeyEncrypt, key, row, header, cipher, data);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    decrypt(key, row, header, cipher, data) {
      try {
        return run(addon.dataKeyDecrypt, key, row, header, cipher, data);
      } catch (error) {
        throw toBrokerError(error);
      }
    },
  };
}
