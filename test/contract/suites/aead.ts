import { beforeAll, describe, expect, it } from 'vitest';

import type { Aead, CryptoProvider } from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';

const PLAINTEXT =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
const KEY = 'feffe9928665731c6d6a8f9467308308';

/** McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, cases 1, 2, 4, 10 and 16. */
const PUBLISHED = [
  {
    key: '00'.repeat(16),
    nonce: '00'.repeat(12),
    plaintext: '',
    additionalData: '',
    sealed: '58e2fccefa7e3061367f1d57a4e7455a',
  },
  {
    key: '00'.repeat(16),
    nonce: '00'.repeat(12),
    plaintext: '00'.repeat(16),
    additionalData: '',
    sealed: '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
  },
  {
    key: KEY,
    nonce: 'cafebabefacedbaddecaf888',
    plaintext: PLAINTEXT,
    additionalData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    sealed:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    key: `${KEY}feffe9928665731c`,
    nonce: 'cafebabefacedbaddecaf888',
    plaintext: PLAINTEXT,
    additionalData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    sealed:
      '3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda27102519498e80f1478f37ba55bd6d27618c',
  },
  {
    key: `${KEY}${KEY}`,
    nonce: 'cafebabefacedbaddecaf888',
    plaintext: PLAINTEXT,
    additionalData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    sealed:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  },
] as const;

export function describeAead(open: () => Promise<CryptoProvider>): void {
  describe('AES-GCM', () => {
    let aead: Aead;
    beforeAll(async () => {
      aead = (await open()).aead;
    });
    const [key, nonce, none] = [new Uint8Array(32).fill(1), new Uint8Array(12), new Uint8Array(0)];

    it.each(PUBLISHED)('gives the published answer $sealed', (row) => {
      const bytes = (hex: string) => Buffer.from(hex, 'hex');
      const [rowKey, rowNonce, data] = [
        bytes(row.key),
        bytes(row.nonce),
        bytes(row.additionalData),
      ];
      const sealed = aead.seal(rowKey, rowNonce, bytes(row.plaintext), data);
      expect(Buffer.from(sealed).toString('hex')).toBe(row.sealed);
      const opened = aead.open(rowKey, rowNonce, sealed, data);
      expect(Buffer.from(opened).toString('hex')).toBe(row.plaintext);
    });

    it('takes 1 MiB', () => {
      const plaintext = new Uint8Array(1 << 20).fill(7);
      const sealed = aead.seal(key, nonce, plaintext, none);
      expect(sealed).toHaveLength(plaintext.length + 16);
      expect(Buffer.compare(aead.open(key, nonce, sealed, none), plaintext)).toBe(0);
    });

    it('opens nothing that was changed', async () => {
      const data = Buffer.from('additional');
      const sealed = aead.seal(key, nonce, Buffer.from('sixteen bytes ok'), data);
      for (let i = 0; i < sealed.length; i++) {
        await expectFailure(
          () => aead.open(key, nonce, flipped(sealed, i), data),
          'DECRYPT_FAILED',
        );
      }
      await expectFailure(() => aead.open(key, nonce, sealed, flipped(data, 3)), 'DECRYPT_FAILED');
      await expectFailure(() => aead.open(key, nonce, sealed, none), 'DECRYPT_FAILED');
      await expectFailure(() => aead.open(key, flipped(nonce, 11), sealed, data), 'DECRYPT_FAILED');
      await expectFailure(() => aead.open(flipped(key, 0), nonce, sealed, data), 'DECRYPT_FAILED');
      await expectFailure(() => aead.open(key, nonce, sealed.subarray(1), data), 'DECRYPT_FAILED');
    });

    it('refuses keys, nonces and ciphertexts of other lengths', async () => {
      for (const length of [0, 15, 17, 31, 33]) {
        const wrong = new Uint8Array(length);
        await expectFailure(() => aead.seal(wrong, nonce, none, none), 'INPUT_INVALID');
        await expectFailure(
          () => aead.open(wrong, nonce, new Uint8Array(16), none),
          'INPUT_INVALID',
        );
      }
      for (const length of [0, 8, 11, 13, 16]) {
        const wrong = new Uint8Array(length);
        await expectFailure(() => aead.seal(key, wrong, none, none), 'INPUT_INVALID');
        await expectFailure(() => aead.open(key, wrong, new Uint8Array(16), none), 'INPUT_INVALID');
      }
      for (const length of [0, 15]) {
        await expectFailure(
          () => aead.open(key, nonce, new Uint8Array(length), none),
          'INPUT_INVALID',
        );
      }
    });
  });
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
