import { describe, expect, it } from 'vitest';

import type { CryptoProvider, DataCipher } from '../../src/crypto/provider.ts';
import { failureOf } from '../support/failures.ts';
import { openNative, openPure } from '../support/providers.ts';
import { cavpCases, hasCavpVectors } from './cavp.ts';
import { bytesOf, fieldOf, type RspCase } from './rsp.ts';

const FOLDER = ['ciphers', 'AES'] as const;
const SIZES = [128, 192, 256] as const;
const BLOCK_SETS = (['CBC', 'ECB'] as const).flatMap((mode) =>
  ['GFSbox', 'KeySbox', 'MMT', 'VarKey', 'VarTxt'].flatMap((set) =>
    SIZES.map((bits) => [mode, set, bits] as const),
  ),
);
/** The only IVs and tags the interface offers, in bits. */
const GCM_IV = '96';
const GCM_TAGS: readonly string[] = ['96', '104', '112', '120', '128'];
/** Fifteen cases for each of five lengths of plaintext, five of additional data and five tags. */
const GCM_CASES = 15 * 5 * 5 * 5;

const HEADER = Buffer.from('header');
const NONE = new Uint8Array(0);

const isAvailable = hasCavpVectors('AES-CBC, AES-ECB and AES-GCM');

describe.skipIf(!isAvailable).each([
  ['native', openNative],
  ['pure', openPure],
] as const)('%s: CAVP ciphers under data keys', (_name, open) => {
  it.each(BLOCK_SETS)('%s %s with %i bits', async (mode, set, bits) => {
    const under = await dataKeyCipher(open);
    for (const entry of cavpCases(...FOLDER, mode, `${mode}${set}${bits}.rsp`)) {
      const cipher: DataCipher = {
        mode: mode === 'CBC' ? 'cbc' : 'ecb',
        padding: false,
        iv: mode === 'CBC' ? bytesOf(entry, 'IV') : NONE,
        additionalData: NONE,
        tagLength: 0,
      };
      const { encrypt, decrypt } = under(bytesOf(entry, 'KEY'), cipher);
      expect(encrypt(bytesOf(entry, 'PLAINTEXT'))).toBe(fieldOf(entry, 'CIPHERTEXT'));
      expect(decrypt(bytesOf(entry, 'CIPHERTEXT'))).toBe(fieldOf(entry, 'PLAINTEXT'));
    }
  });

  it.each(SIZES)('GCM encryption with %i bits', async (bits) => {
    const under = await dataKeyCipher(open);
    const cases = gcmCases(`gcmEncryptExtIV${bits}.rsp`);
    expect(cases).toHaveLength(GCM_CASES);
    for (const entry of cases) {
      const { encrypt } = under(bytesOf(entry, 'Key'), gcm(entry));
      expect(encrypt(bytesOf(entry, 'PT'))).toBe(fieldOf(entry, 'CT') + fieldOf(entry, 'Tag'));
    }
  });

  it.each(SIZES)('GCM decryption with %i bits', async (bits) => {
    const under = await dataKeyCipher(open);
    const cases = gcmCases(`gcmDecrypt${bits}.rsp`);
    expect(cases).toHaveLength(GCM_CASES);
    for (const entry of cases) {
      const { decrypt } = under(bytesOf(entry, 'Key'), gcm(entry));
      const sealed = Buffer.concat([bytesOf(entry, 'CT'), bytesOf(entry, 'Tag')]);
      if (entry.flags.has('FAIL')) {
        expect((await failureOf(() => decrypt(sealed))).code).toBe('DECRYPT_FAILED');
      } else {
        expect(decrypt(sealed)).toBe(fieldOf(entry, 'PT'));
      }
    }
  });
});

/** Encryption and decryption to hexadecimal under a key that is stored first. */
async function dataKeyCipher(open: () => Promise<CryptoProvider>) {
  const { dataKeys, keyWrap, serviceKeys } = await open();
  const { key } = serviceKeys.generate(keyWrap.generateKey(256));
  return (bytes: Uint8Array, cipher: DataCipher) => {
    const row = dataKeys.wrap(key, bytes, HEADER);
    return {
      encrypt: (data: Uint8Array) => plain(dataKeys.encrypt(key, row, HEADER, cipher, data)),
      decrypt: (data: Uint8Array) => plain(dataKeys.decrypt(key, row, HEADER, cipher, data)),
    };
  };
}

function gcmCases(file: string): RspCase[] {
  return cavpCases(...FOLDER, 'GCM', file).filter(
    ({ section }) =>
      section.get('IVlen') === GCM_IV && GCM_TAGS.includes(section.get('Taglen') ?? ''),
  );
}

function gcm(entry: RspCase): DataCipher {
  return {
    mode: 'gcm',
    padding: false,
    iv: bytesOf(entry, 'IV'),
    additionalData: bytesOf(entry, 'AAD'),
    tagLength: bytesOf(entry, 'Tag').length,
  };
}

function plain(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
