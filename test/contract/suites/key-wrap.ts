import { inspect } from 'node:util';

import { beforeAll, describe, expect, it } from 'vitest';

import type {
  CryptoProvider,
  KeyWrap,
  WrapMode,
  WrappingKey,
} from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';

const KEK_256 = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

/** RFC 3394 §4.1 to §4.6: [key-encryption key, key data, wrapped]. */
const RFC_3394 = [
  [
    KEK_256.slice(0, 32),
    '00112233445566778899aabbccddeeff',
    '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5',
  ],
  [
    KEK_256.slice(0, 48),
    '00112233445566778899aabbccddeeff',
    '96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d',
  ],
  [KEK_256, '00112233445566778899aabbccddeeff', '64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7'],
  [
    KEK_256.slice(0, 48),
    '00112233445566778899aabbccddeeff0001020304050607',
    '031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2',
  ],
  [
    KEK_256,
    '00112233445566778899aabbccddeeff0001020304050607',
    'a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1',
  ],
  [
    KEK_256,
    '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f',
    '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
  ],
] as const;

/** RFC 5649 §6. */
const RFC_5649 = [
  [
    '5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8',
    'c37b7e6492584340bed12207808941155068f738',
    '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a',
  ],
  [
    '5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8',
    '466f7250617369',
    'afbeb0f07dfbf5419200f2ccb50bb24f',
  ],
] as const;

const PUBLISHED = [
  ...RFC_3394.map((row) => ['kw', ...row] as const),
  ...RFC_5649.map((row) => ['kwp', ...row] as const),
];

export function describeKeyWrap(open: () => Promise<CryptoProvider>): void {
  describe('key wrap', () => {
    let keyWrap: KeyWrap;
    beforeAll(async () => {
      keyWrap = (await open()).keyWrap;
    });
    const kekOf = (hex: string): WrappingKey => keyWrap.importKey(Buffer.from(hex, 'hex'));

    it.each(PUBLISHED)(
      '%s gives the published answer and takes it back',
      (mode, kek, key, wrapped) => {
        const handle = kekOf(kek);
        const output = new Uint8Array(wrapped.length / 2);
        expect(keyWrap.wrap(mode, handle, Buffer.from(key, 'hex'), output)).toBe(output.length);
        expect(Buffer.from(output).toString('hex')).toBe(wrapped);

        const back = new Uint8Array(key.length / 2);
        expect(keyWrap.unwrap(mode, handle, output, back)).toBe(back.length);
        expect(Buffer.from(back).toString('hex')).toBe(key);
        handle.drop();
      },
    );

    it('takes every length that the mode allows', () => {
      const kek = keyWrap.generateKey(256);
      for (const [mode, lengths] of [
        ['kw', [16, 24, 32, 40, 64, 4088, 4096]],
        ['kwp', [1, 7, 8, 9, 15, 16, 17, 32, 33, 4095, 4096]],
      ] as const) {
        for (const length of lengths) {
          const key = Uint8Array.from({ length }, (_, i) => i % 251);
          const wrapped = new Uint8Array(Math.ceil(length / 8) * 8 + 8);
          expect(keyWrap.wrap(mode, kek, key, wrapped)).toBe(wrapped.length);
          const back = new Uint8Array(length);
          expect(keyWrap.unwrap(mode, kek, wrapped, back), `${mode} ${length}`).toBe(length);
          expect(back).toEqual(key);
        }
      }
      kek.drop();
    });

    it('writes no more than the wrapped form into a larger buffer', () => {
      const kek = kekOf(KEK_256);
      const wrapped = new Uint8Array(64).fill(0xee);
      expect(keyWrap.wrap('kw', kek, new Uint8Array(16), wrapped)).toBe(24);
      expect(wrapped.subarray(24).every((byte) => byte === 0xee)).toBe(true);
      const key = new Uint8Array(64).fill(0xee);
      expect(keyWrap.unwrap('kw', kek, wrapped.subarray(0, 24), key)).toBe(16);
      expect(key.subarray(16).every((byte) => byte === 0xee)).toBe(true);
    });

    it.each(['kw', 'kwp'] as const)('%s refuses lengths it cannot wrap', async (mode) => {
      const kek = kekOf(KEK_256);
      const lengths = mode === 'kw' ? [0, 8, 15, 17, 20, 4104] : [0, 4097];
      for (const length of lengths) {
        await expectFailure(
          () => keyWrap.wrap(mode, kek, new Uint8Array(length), new Uint8Array(5000)),
          'INPUT_INVALID',
        );
      }
    });

    it.each(['kw', 'kwp'] as const)('%s refuses lengths it cannot unwrap', async (mode) => {
      const kek = kekOf(KEK_256);
      const lengths = mode === 'kw' ? [0, 8, 16, 23, 25, 4112] : [0, 8, 15, 17, 4112];
      for (const length of lengths) {
        await expectFailure(
          () => keyWrap.unwrap(mode, kek, new Uint8Array(length), new Uint8Array(5000)),
          'INPUT_INVALID',
        );
      }
    });

    it.each(['kw', 'kwp'] as const)('%s refuses an output that is too small', async (mode) => {
      const kek = kekOf(KEK_256);
      const short = new Uint8Array(23).fill(0xee);
      await expectFailure(
        () => keyWrap.wrap(mode, kek, new Uint8Array(16), short),
        'OUTPUT_TOO_SMALL',
      );
      const wrapped = wrap(keyWrap, mode, kek, new Uint8Array(16));
      await expectFailure(
        () => keyWrap.unwrap(mode, kek, wrapped, short.subarray(0, 15)),
        'OUTPUT_TOO_SMALL',
      );
      expect(short.every((byte) => byte === 0xee)).toBe(true);
    });

    it.each(['kw', 'kwp'] as const)(
      '%s detects every flipped bit and leaves the output untouched',
      async (mode) => {
        const kek = kekOf(KEK_256);
        const wrapped = wrap(
          keyWrap,
          mode,
          kek,
          Uint8Array.from({ length: 32 }, (_, i) => i),
        );
        const key = new Uint8Array(40).fill(0xee);
        for (let bit = 0; bit < wrapped.length * 8; bit++) {
          const damaged = Uint8Array.from(wrapped);
          damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          await expectFailure(() => keyWrap.unwrap(mode, kek, damaged, key), 'UNWRAP_FAILED');
        }
        expect(key.every((byte) => byte === 0xee)).toBe(true);
      },
    );

    it('does not unwrap under another key or in the other mode', async () => {
      const kek = kekOf(KEK_256);
      const wrapped = wrap(keyWrap, 'kw', kek, new Uint8Array(32));
      const key = new Uint8Array(32);
      const other = keyWrap.generateKey(256);
      await expectFailure(() => keyWrap.unwrap('kw', other, wrapped, key), 'UNWRAP_FAILED');
      await expectFailure(() => keyWrap.unwrap('kwp', kek, wrapped, key), 'UNWRAP_FAILED');
    });

    it('wipes the bytes it imports', () => {
      const bytes = Buffer.from(KEK_256, 'hex');
      const kek = keyWrap.importKey(bytes);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      expect(kek).toMatchObject({ algorithm: 'AES', bits: 256 });
    });

    it('refuses wrapping keys of other lengths', async () => {
      for (const length of [0, 8, 15, 17, 31, 33, 64]) {
        await expectFailure(() => keyWrap.importKey(new Uint8Array(length)), 'INPUT_INVALID');
      }
      for (const bits of [0, 8, 64, 127, 129, 512, -128, 128.5]) {
        await expectFailure(() => keyWrap.generateKey(bits), 'INPUT_INVALID');
      }
    });

    it('refuses every use of a dropped key, and lets it be dropped twice', async () => {
      const kek = keyWrap.generateKey(128);
      const wrapped = wrap(keyWrap, 'kw', kek, new Uint8Array(16));
      kek.drop();
      kek.drop();
      const [key, output] = [new Uint8Array(16), new Uint8Array(24)];
      await expectFailure(() => keyWrap.wrap('kw', kek, key, output), 'KEY_HANDLE_CLOSED');
      await expectFailure(() => keyWrap.unwrap('kwp', kek, wrapped, key), 'KEY_HANDLE_CLOSED');
      await expectFailure(() => keyWrap.generateAndWrap(kek, key, output), 'KEY_HANDLE_CLOSED');
    });

    it('shows no key through its handle', () => {
      const kek = kekOf(KEK_256);
      for (const seen of [JSON.stringify(kek), inspect(kek, { showHidden: true, depth: 5 })]) {
        expect(seen.toLowerCase()).not.toMatch(/0a ?0b ?0c ?0d|10, ?11, ?12, ?13/);
      }
    });

    it('generates a fresh key and its wrapped form in one step', () => {
      const kek = keyWrap.generateKey(192);
      const seen = new Set<string>();
      for (const length of [16, 24, 32, 64]) {
        const [key, wrapped] = [new Uint8Array(length), new Uint8Array(length + 8)];
        expect(keyWrap.generateAndWrap(kek, key, wrapped)).toBe(length + 8);
        const back = new Uint8Array(length);
        keyWrap.unwrap('kw', kek, wrapped, back);
        expect(back).toEqual(key);
        seen.add(Buffer.from(key).toString('hex').slice(0, 32));
      }
      expect(seen.size).toBe(4);
    });

    it('refuses to generate keys of other lengths, or without room for the wrapped form', async () => {
      const kek = keyWrap.generateKey(256);
      for (const length of [0, 8, 15, 17, 4104]) {
        await expectFailure(
          () => keyWrap.generateAndWrap(kek, new Uint8Array(length), new Uint8Array(5000)),
          'INPUT_INVALID',
        );
      }
      const key = new Uint8Array(32);
      await expectFailure(
        () => keyWrap.generateAndWrap(kek, key, new Uint8Array(39)),
        'OUTPUT_TOO_SMALL',
      );
      expect(key.every((byte) => byte === 0)).toBe(true);
    });

    it('refuses input and output that overlap', async () => {
      const kek = keyWrap.generateKey(256);
      const arena = new Uint8Array(64);
      const [front, behind] = [arena.subarray(0, 32), arena.subarray(24, 64)];
      await expectFailure(() => keyWrap.wrap('kw', kek, front, behind), 'INPUT_INVALID');
      await expectFailure(() => keyWrap.unwrap('kw', kek, behind, front), 'INPUT_INVALID');
      await expectFailure(() => keyWrap.generateAndWrap(kek, front, behind), 'INPUT_INVALID');
    });

    it('refuses a handle that it did not make', async () => {
      const stranger: WrappingKey = { algorithm: 'AES', bits: 256, drop: () => undefined };
      await expectFailure(
        () => keyWrap.wrap('kw', stranger, new Uint8Array(16), new Uint8Array(24)),
        'INPUT_INVALID',
      );
    });
  });
}

function wrap(keyWrap: KeyWrap, mode: WrapMode, kek: WrappingKey, key: Uint8Array): Uint8Array {
  const wrapped = new Uint8Array(key.length + 8);
  keyWrap.wrap(mode, kek, key, wrapped);
  return wrapped;
}
