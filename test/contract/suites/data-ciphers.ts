import { createCipheriv } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import type {
  CryptoProvider,
  DataCipher,
  DataKeys,
  ServiceKey,
  WrappedDataKey,
} from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';
import { changed, damagedRows, newServiceKey } from '../support/rows.ts';

const HEADER = Buffer.from('header');
const NONE = new Uint8Array(0);
const IV = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const DATA = Buffer.from('attack at dawn');

const CBC: DataCipher = { mode: 'cbc', padding: true, iv: IV, additionalData: NONE, tagLength: 0 };
const ECB: DataCipher = { ...CBC, mode: 'ecb', iv: NONE };
const GCM: DataCipher = {
  mode: 'gcm',
  padding: false,
  iv: IV.subarray(0, 12),
  additionalData: Buffer.from('context'),
  tagLength: 16,
};
const CIPHERS = [
  ['CBC', CBC],
  ['ECB', ECB],
  ['GCM', GCM],
] as const;
const PADDED = CIPHERS.filter(([, { padding }]) => padding);

/** SP 800-38A §F.1 and §F.2, first two blocks of AES-128, AES-192 and AES-256: [key, ECB, CBC]. */
const SP_800_38A_PLAINTEXT = '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51';
const SP_800_38A = [
  [
    '2b7e151628aed2a6abf7158809cf4f3c',
    '3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf',
    '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2',
  ],
  [
    '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
    'bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef',
    '4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a',
  ],
  [
    '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    'f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870',
    'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d',
  ],
] as const;

export function describeDataCiphers(open: () => Promise<CryptoProvider>): void {
  describe('encryption under data keys', () => {
    let provider: CryptoProvider;
    let dataKeys: DataKeys;
    let key: ServiceKey;
    let row: WrappedDataKey;
    beforeAll(async () => {
      provider = await open();
      dataKeys = provider.dataKeys;
      key = newServiceKey(provider);
      row = dataKeys.create(key, 256, HEADER);
    });
    const encrypt = (cipher: DataCipher, data: Uint8Array, under = row): Buffer =>
      Buffer.from(dataKeys.encrypt(key, under, HEADER, cipher, data));
    const decrypt = (cipher: DataCipher, data: Uint8Array, under = row): Buffer =>
      Buffer.from(dataKeys.decrypt(key, under, HEADER, cipher, data));

    it.each(SP_800_38A)('gives the answers of SP 800-38A for key %s', (bytes, ecb, cbc) => {
      const known = dataKeys.wrap(key, Buffer.from(bytes, 'hex'), HEADER);
      const plaintext = Buffer.from(SP_800_38A_PLAINTEXT, 'hex');
      for (const [cipher, expected] of [
        [{ ...ECB, padding: false }, ecb],
        [{ ...CBC, padding: false }, cbc],
      ] as const) {
        expect(encrypt(cipher, plaintext, known).toString('hex')).toBe(expected);
        expect(decrypt(cipher, Buffer.from(expected, 'hex'), known).equals(plaintext)).toBe(true);
      }
    });

    it('gives the answer of GCM test case 14, and its first bytes for a shorter tag', () => {
      const known = dataKeys.wrap(key, Buffer.alloc(32), HEADER);
      const cipher = { ...GCM, iv: Buffer.alloc(12), additionalData: NONE };
      const expected = 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919';
      for (const tagLength of [12, 13, 14, 15, 16]) {
        const sealed = encrypt({ ...cipher, tagLength }, Buffer.alloc(16), known);
        expect(sealed.toString('hex')).toBe(expected.slice(0, 32 + 2 * tagLength));
      }
    });

    it.each(CIPHERS)('%s takes data of any length and gives it back', (_, cipher) => {
      for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 100, 65_536]) {
        const data = Buffer.alloc(length, length);
        const encrypted = encrypt(cipher, data);
        const grown = cipher.mode === 'gcm' ? length + 16 : length - (length % 16) + 16;
        expect(encrypted).toHaveLength(grown);
        expect(decrypt(cipher, encrypted).equals(data), `${length}`).toBe(true);
      }
    });

    it.each(['cbc', 'ecb'] as const)('%s pads as PKCS #7 says', (mode) => {
      const bytes = Buffer.alloc(24, 9);
      const known = dataKeys.wrap(key, Buffer.from(bytes), HEADER);
      const cipher = mode === 'cbc' ? CBC : ECB;
      const oracle = createCipheriv(`aes-192-${mode}`, bytes, mode === 'cbc' ? IV : null);
      const expected = Buffer.concat([oracle.update(DATA), oracle.final()]);
      expect(encrypt(cipher, DATA, known).equals(expected)).toBe(true);
    });

    it.each(['cbc', 'ecb'] as const)(
      '%s without padding takes whole blocks alone',
      async (mode) => {
        const cipher: DataCipher = { ...(mode === 'cbc' ? CBC : ECB), padding: false };
        expect(encrypt(cipher, NONE)).toHaveLength(0);
        expect(decrypt(cipher, NONE)).toHaveLength(0);
        expect(decrypt(cipher, encrypt(cipher, Buffer.alloc(48, 1)))).toEqual(Buffer.alloc(48, 1));
        for (const length of [1, 15, 17, 47]) {
          const data = Buffer.alloc(length);
          await expectFailure(() => encrypt(cipher, data), 'INPUT_INVALID');
          await expectFailure(() => decrypt(cipher, data), 'INPUT_INVALID');
        }
      },
    );

    it.each(PADDED)('%s refuses what padding cannot have ended', async (_, cipher) => {
      for (const length of [0, 1, 15, 17]) {
        await expectFailure(() => decrypt(cipher, Buffer.alloc(length)), 'INPUT_INVALID');
      }
      for (const ending of [0, 17, 255]) {
        const blocks = Buffer.alloc(32, ending);
        const encrypted = encrypt({ ...cipher, padding: false }, blocks);
        await expectFailure(() => decrypt(cipher, encrypted), 'DECRYPT_FAILED');
      }
      const uneven = Buffer.concat([Buffer.alloc(13, 7), Buffer.of(2, 3, 3)]);
      const encrypted = encrypt({ ...cipher, padding: false }, uneven);
      await expectFailure(() => decrypt(cipher, encrypted), 'DECRYPT_FAILED');
    });

    it('GCM refuses everything that was changed', async () => {
      for (const tagLength of [12, 16]) {
        const cipher = { ...GCM, tagLength };
        const sealed = encrypt(cipher, DATA);
        for (let i = 0; i < sealed.length; i++) {
          await expectFailure(() => decrypt(cipher, changed(sealed, i)), 'DECRYPT_FAILED');
        }
        for (const other of [
          { ...cipher, iv: changed(cipher.iv, 11) },
          { ...cipher, additionalData: NONE },
          { ...cipher, additionalData: changed(cipher.additionalData, 0) },
          { ...cipher, tagLength: tagLength === 12 ? 13 : 15 },
        ]) {
          await expectFailure(() => decrypt(other, sealed), 'DECRYPT_FAILED');
        }
        const short = sealed.subarray(0, tagLength - 1);
        await expectFailure(() => decrypt(cipher, short), 'INPUT_INVALID');
      }
    });

    it('GCM authenticates additional data alone, and nothing at all', () => {
      for (const additionalData of [NONE, Buffer.alloc(1000, 1)]) {
        const cipher = { ...GCM, additionalData };
        const tag = encrypt(cipher, NONE);
        expect(tag).toHaveLength(16);
        expect(decrypt(cipher, tag)).toHaveLength(0);
      }
    });

    it.each([
      ['an IV of 12 bytes for CBC', { ...CBC, iv: IV.subarray(4) }],
      ['no IV for CBC', { ...CBC, iv: NONE }],
      ['an IV for ECB', { ...ECB, iv: IV }],
      ['an IV of 16 bytes for GCM', { ...GCM, iv: IV }],
      ['no IV for GCM', { ...GCM, iv: NONE }],
      ['padding for GCM', { ...GCM, padding: true }],
      ['additional data for CBC', { ...CBC, additionalData: DATA }],
      ['additional data for ECB', { ...ECB, additionalData: DATA }],
      ['a tag of 11 bytes', { ...GCM, tagLength: 11 }],
      ['a tag of 17 bytes', { ...GCM, tagLength: 17 }],
      ['a tag of 12.5 bytes', { ...GCM, tagLength: 12.5 }],
      ['a tag of -1 bytes', { ...GCM, tagLength: -1 }],
      ['another mode', { ...GCM, mode: 'ctr' as 'gcm' }],
    ] as const)('refuses %s', async (_, cipher) => {
      await expectFailure(() => encrypt(cipher, DATA), 'INPUT_INVALID');
      await expectFailure(() => decrypt(cipher, Buffer.alloc(48)), 'INPUT_INVALID');
    });

    it('refuses data keys that are no AES keys', async () => {
      for (const length of [1, 8, 15, 17, 20, 31, 33, 40, 64, 4096]) {
        const odd = dataKeys.wrap(key, Buffer.alloc(length, 1), HEADER);
        for (const [, cipher] of CIPHERS) {
          await expectFailure(() => encrypt(cipher, DATA, odd), 'INPUT_INVALID');
          await expectFailure(() => decrypt(cipher, Buffer.alloc(48), odd), 'INPUT_INVALID');
        }
      }
    });

    it.each(CIPHERS)(
      '%s does nothing with a row that is not what was stored',
      async (_, cipher) => {
        const encrypted = encrypt(cipher, DATA);
        for (const [, damaged] of damagedRows(row)) {
          await expectFailure(() => encrypt(cipher, DATA, damaged), 'DATA_KEY_TAMPERED');
          await expectFailure(() => decrypt(cipher, encrypted, damaged), 'DATA_KEY_TAMPERED');
        }
        const other = Buffer.from('other');
        const under = () => dataKeys.encrypt(key, row, other, cipher, DATA);
        await expectFailure(under, 'DATA_KEY_TAMPERED');
      },
    );

    it('does nothing under a service key that was dropped', async () => {
      const dropped = newServiceKey(provider);
      const own = dataKeys.create(dropped, 256, HEADER);
      dropped.drop();
      const use = () => dataKeys.encrypt(dropped, own, HEADER, GCM, DATA);
      await expectFailure(use, 'KEY_HANDLE_CLOSED');
    });
  });
}
