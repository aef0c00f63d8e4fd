import { describe, expect, it } from 'vitest';

import { digest, type DigestName } from '../../src/crypto/algorithms.ts';
import type { Digests } from '../../src/crypto/provider.ts';
import { openNative, openPure } from '../support/providers.ts';
import { cavpCases, hasCavpVectors } from './cavp.ts';
import { bytesOf, fieldOf } from './rsp.ts';

/** [digest, folder, beginning of the file names]. */
const FILES: readonly (readonly [DigestName, string, string])[] = [
  ['sha-256', 'SHA2', 'SHA256'],
  ['sha-384', 'SHA2', 'SHA384'],
  ['sha-512', 'SHA2', 'SHA512'],
  ['sha-512/256', 'SHA2', 'SHA512_256'],
  ['sha3-256', 'SHA3', 'SHA3_256'],
  ['sha3-384', 'SHA3', 'SHA3_384'],
  ['sha3-512', 'SHA3', 'SHA3_512'],
  ['shake-128', 'SHAKE', 'SHAKE128'],
  ['shake-256', 'SHAKE', 'SHAKE256'],
];

const isAvailable = hasCavpVectors('digests');

describe.skipIf(!isAvailable).each([
  ['native', openNative],
  ['pure', openPure],
] as const)('%s: CAVP digests', (_name, open) => {
  describe.each(FILES)('%s', (algorithm, folder, prefix) => {
    it.each(['ShortMsg', 'LongMsg'])('%s', async (kind) => {
      const { digests } = await open();
      for (const entry of cavpCases('hashes', folder, `${prefix}${kind}.rsp`)) {
        const message = bytesOf(entry, 'Msg').subarray(0, Number(fieldOf(entry, 'Len')) / 8);
        expect(digests.hex(algorithm, message), `Len ${fieldOf(entry, 'Len')}`).toBe(
          fieldOf(entry, folder === 'SHAKE' ? 'Output' : 'MD'),
        );
        expect(Buffer.from(await digests.async(algorithm, message)).toString('hex')).toBe(
          digests.hex(algorithm, message),
        );
      }
    });

    // SHAKE's Monte Carlo tests ask for other output lengths than the one each SHAKE has here.
    if (folder === 'SHAKE') return;
    it('Monte Carlo', async () => {
      const { digests } = await open();
      const [start, ...checkpoints] = cavpCases('hashes', folder, `${prefix}Monte.rsp`);
      const chain = folder === 'SHA2' ? sha2Chain : sha3Chain;
      let seed: Uint8Array = bytesOf(start, 'Seed');
      expect(checkpoints).toHaveLength(100);
      for (const checkpoint of checkpoints) {
        seed = chain(digests, algorithm, seed);
        expect(Buffer.from(seed).toString('hex')).toBe(fieldOf(checkpoint, 'MD'));
      }
    });
  });

  // Of the VariableOut files only the cases of our one length can be asked for.
  it.each([
    ['shake-128', 'SHAKE128'],
    ['shake-256', 'SHAKE256'],
  ] as const)('%s VariableOut, cases of its own length', async (algorithm, prefix) => {
    const { digests } = await open();
    const bits = String(digest(algorithm).outputLength * 8);
    const cases = cavpCases('hashes', 'SHAKE', `${prefix}VariableOut.rsp`).filter(
      (entry) => entry.fields.get('Outputlen') === bits,
    );
    expect(cases.length).toBeGreaterThan(0);
    for (const entry of cases) {
      expect(digests.hex(algorithm, bytesOf(entry, 'Msg'))).toBe(fieldOf(entry, 'Output'));
    }
  });
});

/** The Secure Hash Algorithm Validation System §6.4: each message is the last three digests. */
function sha2Chain(digests: Digests, algorithm: DigestName, seed: Uint8Array): Uint8Array {
  const { length } = seed;
  const window = Buffer.concat([seed, seed, seed]);
  for (let i = 0; i < 1000; i++) {
    const next = new Uint8Array(length);
    digests.into(algorithm, window, next);
    window.copyWithin(0, length);
    window.set(next, 2 * length);
  }
  return Uint8Array.from(window.subarray(2 * length));
}

/** The SHA-3 Validation System §6.2.3: each message is the last digest. */
function sha3Chain(digests: Digests, algorithm: DigestName, seed: Uint8Array): Uint8Array {
  let current = Uint8Array.from(seed);
  for (let i = 0; i < 1000; i++) {
    const next = new Uint8Array(current.length);
    digests.into(algorithm, current, next);
    current = next;
  }
  return current;
}
