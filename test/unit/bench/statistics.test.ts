import { describe, expect, it } from 'vitest';

import { ratio, summarize } from '../../../bench/harness/statistics.ts';

describe('the summary of the rounds', () => {
  it('takes the middle of an odd number of rounds, whatever their order', () => {
    expect(summarize([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, rounds: 3 });
  });

  it('takes the mean of the middle two of an even number', () => {
    expect(summarize([4, 1, 3, 100])).toEqual({ median: 3.5, min: 1, max: 100, rounds: 4 });
  });

  it('is the value itself after a single round', () => {
    expect(summarize([7.5])).toEqual({ median: 7.5, min: 7.5, max: 7.5, rounds: 1 });
  });

  it('sorts by size and not by spelling', () => {
    expect(summarize([100, 20, 3]).median).toBe(20);
  });

  it('leaves the rounds in the order they were given', () => {
    const rounds = [3, 1, 2];
    summarize(rounds);
    expect(rounds).toEqual([3, 1, 2]);
  });

  it('refuses no rounds at all', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0, -1])('refuses %d as a time', (value) => {
    expect(() => summarize([1, value])).toThrow(RangeError);
  });
});

describe('the ratio', () => {
  it('is above 1 when the value takes less time than the reference', () => {
    expect(ratio(100, 250)).toBe(2.5);
  });

  it('is below 1 when it takes more', () => {
    expect(ratio(250, 100)).toBe(0.4);
  });
});
