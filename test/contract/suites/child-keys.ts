import { beforeAll, describe, expect, it } from 'vitest';

import type { CryptoProvider, KeyWrap, WrappingKey } from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';
import { changed } from '../support/rows.ts';

export function describeChildKeys(open: () => Promise<CryptoProvider>): void {
  describe('wrapping keys under other wrapping keys', () => {
    let keyWrap: KeyWrap;
    let parent: WrappingKey;
    beforeAll(async () => {
      keyWrap = (await open()).keyWrap;
      parent = keyWrap.generateKey(256);
    });

    it('come back from their wrapped form', () => {
      const { key, wrapped } = keyWrap.generateChild(parent);
      expect(key).toMatchObject({ algorithm: 'AES', bits: 256 });
      expect(wrapped).toHaveLength(40);
      const again = keyWrap.unwrapChild(parent, wrapped);
      expect(again).toMatchObject({ algorithm: 'AES', bits: 256 });
      expect(wrappedZeros(keyWrap, again)).toEqual(wrappedZeros(keyWrap, key));
    });

    it('have the KW form of RFC 3394, so that whoever holds the parent key can read it', () => {
      const { key, wrapped } = keyWrap.generateChild(parent);
      const plaintext = new Uint8Array(32);
      expect(keyWrap.unwrap('kw', parent, wrapped, plaintext)).toBe(32);
      const imported = keyWrap.importKey(plaintext);
      expect(wrappedZeros(keyWrap, imported)).toEqual(wrappedZeros(keyWrap, key));
    });

    it('are new each time', () => {
      const forms = Array.from({ length: 20 }, () =>
        Buffer.from(keyWrap.generateChild(parent).wrapped).toString('hex'),
      );
      expect(new Set(forms).size).toBe(20);
    });

    it('are not what was wrapped under another key, changed, cut or prolonged', async () => {
      const { wrapped } = keyWrap.generateChild(parent);
      const other = keyWrap.generateKey(256);
      const forms = [
        changed(wrapped, 0),
        changed(wrapped, 39),
        wrapped.subarray(0, 32),
        wrapped.subarray(0, 39),
        Buffer.concat([wrapped, new Uint8Array(8)]),
        new Uint8Array(0),
      ];
      for (const form of forms) {
        await expectFailure(() => keyWrap.unwrapChild(parent, form), 'UNWRAP_FAILED');
      }
      await expectFailure(() => keyWrap.unwrapChild(other, wrapped), 'UNWRAP_FAILED');
    });

    it.each([128, 192])('hang on no key of %i bits', async (bits) => {
      const weak = keyWrap.generateKey(bits);
      await expectFailure(() => keyWrap.generateChild(weak), 'INPUT_INVALID');
      await expectFailure(() => keyWrap.unwrapChild(weak, new Uint8Array(40)), 'INPUT_INVALID');
    });

    it('hang on no key that was dropped or is of another provider', async () => {
      const dropped = keyWrap.generateKey(256);
      dropped.drop();
      const stranger: WrappingKey = { algorithm: 'AES', bits: 256, drop: () => undefined };
      for (const [key, code] of [
        [dropped, 'KEY_HANDLE_CLOSED'],
        [stranger, 'INPUT_INVALID'],
      ] as const) {
        await expectFailure(() => keyWrap.generateChild(key), code);
        await expectFailure(() => keyWrap.unwrapChild(key, new Uint8Array(40)), code);
      }
    });
  });
}

/** What tells two wrapping keys apart. */
function wrappedZeros(keyWrap: KeyWrap, key: WrappingKey): Uint8Array {
  const wrapped = new Uint8Array(24);
  keyWrap.wrap('kw', key, new Uint8Array(16), wrapped);
  return wrapped;
}
