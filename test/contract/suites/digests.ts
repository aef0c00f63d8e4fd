import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';

import { digest, DIGESTS, type DigestName } from '../../../src/crypto/algorithms.ts';
import type { CryptoProvider, Digests } from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';

/** Published answers for `Welcome CryptoBroker`, as the acceptance cases of the Open Crypto Broker have them. */
const WELCOME: Readonly<Record<DigestName, string>> = {
  'sha-256': '4a9f3b5a0ad21b75c5cd6ed018167ad9771ad2662756e26f0437c9c7a7cee27a',
  'sha-384':
    'b4bba0f7db27f690f11f795f969a539cbf1eee03282979ec1c341a73d66f2316bd180bf8bc1c1fe73cb7684e6073c079',
  'sha-512':
    '0d1d495b4dd049d07274d3e4b490dd24136315d4d8bfd83208b48213a0cd57cfa3b2ca3ab2f66cba900de28a5d4ddc4c56d116f518f2a12503c8a9bbe378577a',
  'sha-512/256': '5f4eb85034c67ae57475f11458d29da29ee8fe90d8e47d29d9ba4dcc64cc187d',
  'sha3-256': 'dbb1a7578253838e60705e19f7f3efc384320515b1398ce7358c12307077c0fe',
  'sha3-384':
    'dfeb2499281d6fd2bf5c6b85d20602d82303b66ad5b6464e68fe680ca67360c317a5c4514c3f5365c71cd557144397e6',
  'sha3-512':
    '14894112f30f982c01e1de386ee9ca60bff70469d9fd249a5f9fbfc66a29c37c76b3fb15c294a6b6d3a1609fa59ca14194e2bc9da16610fa7f1a10dad38d628e',
  'shake-128': 'ab08064041f58213df6e655f53f946db',
  'shake-256': '41633815cfbbe0867293163f049423184e3bbc38910510925533b83b7fa2ac56',
};

/** Around the block lengths of SHA-2 and SHA-3 (64, 72, 104, 128, 136, 168) and their padding. */
const SIZES = [0, 1, 55, 56, 63, 64, 65, 71, 72, 103, 104, 111, 112, 127, 128, 135, 136, 167, 168];

export function describeDigests(open: () => Promise<CryptoProvider>): void {
  it('refuses digests that are not in the table', async () => {
    const { digests } = await open();
    for (const name of ['md5', 'sha-1', 'SHA-256', 'constructor', '']) {
      const unknown = name as DigestName;
      await expectFailure(() => digests.hex(unknown, new Uint8Array(1)), 'ALGORITHM_UNSUPPORTED');
      await expectFailure(() => digests.async(unknown, new Uint8Array(1)), 'ALGORITHM_UNSUPPORTED');
    }
  });

  describe.each(DIGESTS.map((row) => row.name))('digest %s', (name) => {
    const { outputLength, asyncAbove } = digest(name);
    const welcome = Buffer.from('Welcome CryptoBroker');
    let digests: Digests;
    beforeAll(async () => {
      digests = (await open()).digests;
    });

    it('gives the published answer', async () => {
      const output = new Uint8Array(outputLength);
      expect(digests.hex(name, welcome)).toBe(WELCOME[name]);
      expect(digests.into(name, welcome, output)).toBe(outputLength);
      expect(hex(output)).toBe(WELCOME[name]);
      expect(hex(await digests.async(name, welcome))).toBe(WELCOME[name]);
    });

    it('agrees with an independent implementation at every block boundary', () => {
      for (const size of SIZES) {
        const input = patterned(size);
        expect(digests.hex(name, input), `${size} bytes`).toBe(reference(name, input));
      }
    });

    it('agrees with itself on both sides of the threshold where work leaves the thread', async () => {
      for (const size of [asyncAbove - 1, asyncAbove, asyncAbove + 1, 2 * asyncAbove + 17]) {
        const input = patterned(size);
        const expected = reference(name, input);
        expect(digests.hex(name, input), `${size} bytes`).toBe(expected);
        expect(hex(await digests.async(name, input)), `${size} bytes`).toBe(expected);
      }
    });

    it('reads an input that goes off the thread before it returns', async () => {
      const input = patterned(4 * asyncAbove);
      const expected = reference(name, input);
      const pending = digests.async(name, input);
      input.fill(0);
      expect(hex(await pending)).toBe(expected);
    });

    it('keeps calls in flight apart', async () => {
      const inputs = Array.from({ length: 8 }, (_, i) => patterned(asyncAbove + 1 + i));
      const answers = await Promise.all(inputs.map((input) => digests.async(name, input)));
      expect(answers.map(hex)).toEqual(inputs.map((input) => reference(name, input)));
    });

    it('writes at an offset and nowhere else', () => {
      const output = new Uint8Array(outputLength + 9).fill(0xee);
      digests.into(name, welcome, output, 5);
      expect(hex(output)).toBe(`${'ee'.repeat(5)}${WELCOME[name]}${'ee'.repeat(4)}`);
    });

    it('reads and writes views into larger buffers', () => {
      const arena = new Uint8Array(512).fill(0xee);
      arena.set(welcome, 100);
      const output = arena.subarray(300, 300 + outputLength);
      digests.into(name, arena.subarray(100, 100 + welcome.length), output);
      expect(hex(output)).toBe(WELCOME[name]);
      expect(arena[299]).toBe(0xee);
      expect(arena[300 + outputLength]).toBe(0xee);
    });

    it('refuses an output that is too small and leaves it untouched', async () => {
      const short = new Uint8Array(outputLength - 1).fill(0xee);
      await expectFailure(() => digests.into(name, welcome, short), 'OUTPUT_TOO_SMALL');
      const exact = new Uint8Array(outputLength).fill(0xee);
      await expectFailure(() => digests.into(name, welcome, exact, 1), 'OUTPUT_TOO_SMALL');
      expect([...short, ...exact].every((byte) => byte === 0xee)).toBe(true);
    });

    it('hashes a batch to the same digests as one by one', () => {
      const pieces = [patterned(64), patterned(0), patterned(200), welcome];
      const { inputs, offsets } = batchOf(pieces);
      const output = new Uint8Array(pieces.length * outputLength);
      expect(digests.batch(name, inputs, offsets, output)).toBe(pieces.length);
      expect(hex(output)).toBe(pieces.map((piece) => reference(name, piece)).join(''));
    });

    it('takes an empty batch', () => {
      expect(digests.batch(name, welcome, Uint32Array.of(3), new Uint8Array(0))).toBe(0);
    });

    it('refuses a batch whose offsets fall, leave the input or are missing', async () => {
      const output = new Uint8Array(3 * outputLength).fill(0xee);
      const run = (...offsets: number[]) =>
        digests.batch(name, welcome, Uint32Array.from(offsets), output);
      await expectFailure(() => run(), 'INPUT_INVALID');
      await expectFailure(() => run(0, 4, 3), 'INPUT_INVALID');
      await expectFailure(() => run(0, welcome.length + 1), 'INPUT_INVALID');
      await expectFailure(() => run(welcome.length + 1), 'INPUT_INVALID');
      await expectFailure(() => run(0, 2 ** 32 - 1), 'INPUT_INVALID');
      expect(output.every((byte) => byte === 0xee)).toBe(true);
    });

    it('refuses a batch whose output is too small', async () => {
      const output = new Uint8Array(2 * outputLength - 1);
      await expectFailure(
        () => digests.batch(name, welcome, Uint32Array.of(0, 1, 2), output),
        'OUTPUT_TOO_SMALL',
      );
    });
  });
}

function batchOf(pieces: readonly Uint8Array[]): { inputs: Uint8Array; offsets: Uint32Array } {
  const offsets = new Uint32Array(pieces.length + 1);
  pieces.forEach((piece, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + piece.length;
  });
  return { inputs: Buffer.concat(pieces), offsets };
}

/** Bytes that repeat with a period no block length divides. */
function patterned(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + 7) % 251);
}

/** Node's incremental hash, which neither provider uses for a whole input. */
function reference(name: DigestName, input: Uint8Array): string {
  const isShake = name.startsWith('shake');
  const nodeName = name.replace(/^(sha|shake)-/, '$1').replace('/', '-');
  const hash = createHash(nodeName, isShake ? { outputLength: digest(name).outputLength } : {});
  const half = Math.floor(input.length / 2);
  return hash.update(input.subarray(0, half)).update(input.subarray(half)).digest('hex');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
