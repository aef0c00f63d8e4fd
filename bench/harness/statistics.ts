/** What is kept of the rounds of one figure. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** Median, lowest and highest of at least one value. The median of an even count is the mean of the middle two. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('no values to summarize');
  if (!values.every((value) => Number.isFinite(value) && value > 0)) {
    throw new RangeError(`a measured value must be finite and positive: ${values.join(', ')}`);
  }
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(
    Math.floor((sorted.length - 1) / 2),
    Math.floor(sorted.length / 2) + 1,
  );
  return {
    median: middle.reduce((sum, value) => sum + value, 0) / middle.length,
    min: Math.min(...sorted),
    max: Math.max(...sorted),
    rounds: sorted.length,
  };
}

/** How many times as fast `value` is as `reference`, both times per operation: above 1, `value` is the better. */
export function ratio(value: number, reference: number): number {
  return reference / value;
}
