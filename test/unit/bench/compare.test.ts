import { describe, expect, it } from 'vitest';

import { compare } from '../../../bench/harness/compare.ts';
import { sampleTrial } from './samples.ts';

describe('a comparison', () => {
  it('has one row for every driver but the reference, by medians', () => {
    const trial = sampleTrial({ drivers: ['native', 'native+ca-cache', 'pure'] });
    const rows = compare(
      trial,
      new Map([
        ['native', [110, 100, 90]],
        ['native+ca-cache', [50, 50, 50]],
        ['pure', [900, 1000, 2000]],
      ]),
    );
    expect(rows.map(({ driver, ratio }) => [driver, ratio])).toEqual([
      ['native', 10],
      ['native+ca-cache', 20],
    ]);
    expect(rows[0]?.figure).toEqual({ median: 100, min: 90, max: 110, rounds: 3 });
    expect(rows[0]?.reference.max).toBe(2000);
  });

  it('shows times in the unit of the trial', () => {
    const [row] = compare(
      sampleTrial({ unit: 'us' }),
      new Map([
        ['native', [213_000]],
        ['pure', [3_000_000]],
      ]),
    );
    expect(row?.figure.median).toBe(213);
    expect(row?.reference.median).toBe(3000);
  });

  it('judges a figure by both of its bounds, the bound itself included', () => {
    const trial = sampleTrial({ expected: { native: { atMost: 230, ratio: 2 } } });
    const judged = (native: number, pure: number) =>
      compare(
        trial,
        new Map([
          ['native', [native]],
          ['pure', [pure]],
        ]),
      )[0]?.verdicts.map(({ bound, met }) => [bound, met]);
    expect(judged(230, 460)).toEqual([
      ['atMost', true],
      ['ratio', true],
    ]);
    expect(judged(231, 500)).toEqual([
      ['atMost', false],
      ['ratio', true],
    ]);
    expect(judged(229, 457)).toEqual([
      ['atMost', true],
      ['ratio', false],
    ]);
  });

  it('judges nothing where nothing is expected', () => {
    const [row] = compare(
      sampleTrial(),
      new Map([
        ['native', [1]],
        ['pure', [1]],
      ]),
    );
    expect(row?.verdicts).toEqual([]);
  });

  it('refuses a trial with a driver that was not measured', () => {
    expect(() => compare(sampleTrial(), new Map([['native', [1]]]))).toThrow(RangeError);
  });
});
