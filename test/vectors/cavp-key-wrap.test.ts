import { describe, expect, it } from 'vitest';

import { failureOf } from '../support/failures.ts';
import { openNative, openPure } from '../support/providers.ts';
import { cavpCases, hasCavpVectors } from './cavp.ts';
import { bytesOf } from './rsp.ts';

const FOLDER = ['keywrap', 'kwtestvectors'] as const;
const SETS = (['KW', 'KWP'] as const).flatMap((mode) =>
  [128, 192, 256].map((bits) => [mode, bits] as const),
);

const isAvailable = hasCavpVectors('key wrap');

// The `_inv` files wrap with the inverse cipher function (SP 800-38F §5.1), which nothing here offers.
describe.skipIf(!isAvailable).each([
  ['native', openNative],
  ['pure', openPure],
] as const)('%s: CAVP key wrap', (_name, open) => {
  it.each(SETS)('%s-AE with %i bits', async (mode, bits) => {
    const { keyWrap } = await open();
    const cases = cavpCases(...FOLDER, `${mode}_AE_${bits}.txt`);
    expect(cases).toHaveLength(500);
    for (const entry of cases) {
      const kek = keyWrap.importKey(bytesOf(entry, 'K'));
      const expected = bytesOf(entry, 'C');
      const wrapped = Buffer.alloc(expected.length);
      keyWrap.wrap(mode === 'KW' ? 'kw' : 'kwp', kek, bytesOf(entry, 'P'), wrapped);
      expect(wrapped.toString('hex')).toBe(expected.toString('hex'));
      kek.drop();
    }
  });

  it.each(SETS)('%s-AD with %i bits', async (mode, bits) => {
    const { keyWrap } = await open();
    const cases = cavpCases(...FOLDER, `${mode}_AD_${bits}.txt`);
    expect(cases).toHaveLength(500);
    for (const entry of cases) {
      const kek = keyWrap.importKey(bytesOf(entry, 'K'));
      const key = Buffer.alloc(1024);
      const unwrap = (): number =>
        keyWrap.unwrap(mode === 'KW' ? 'kw' : 'kwp', kek, bytesOf(entry, 'C'), key);
      if (entry.flags.has('FAIL')) {
        expect((await failureOf(unwrap)).code).toBe('UNWRAP_FAILED');
        expect(key.every((byte) => byte === 0)).toBe(true);
      } else {
        const length = unwrap();
        expect(key.toString('hex', 0, length)).toBe(bytesOf(entry, 'P').toString('hex'));
      }
      kek.drop();
    }
  });
});
