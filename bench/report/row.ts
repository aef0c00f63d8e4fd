import { summarize, type Summary } from '../harness/statistics.ts';

export type Unit = 'req/s' | 'ns' | 'us' | 'us/req' | 'ms' | 'ms/s' | 'MiB' | '% of capacity';

/** Of the other units, less is better. */
const MORE_IS_BETTER: ReadonlySet<Unit> = new Set(['req/s', '% of capacity']);

/** What a figure should be, and whether it is. */
export interface Verdict {
  /** `≥ 0.7x` */
  readonly target: string;
  readonly met: boolean;
}

/** One figure of ours beside one of somebody else's. */
export interface Row {
  /** Title of the table it stands in. */
  readonly group: string;
  readonly name: string;
  readonly unit: Unit;
  readonly subject: string;
  readonly figure: Summary;
  readonly referenceName: string;
  readonly reference: Summary;
  /** Above 1: ours is the better. */
  readonly ratio: number;
  readonly verdict: Verdict | undefined;
}

export type Judge = (figure: number, reference: number, ratio: number) => Verdict;

/** What a row is made from: values round by round. */
export interface RowValues extends Omit<Row, 'figure' | 'reference' | 'ratio' | 'verdict'> {
  readonly values: readonly number[];
  readonly references: readonly number[];
  /** Judges the medians. */
  readonly judge?: Judge | undefined;
}

/** Summarizes the rounds and judges the medians. */
export function toRow({ values, references, judge, ...names }: RowValues): Row {
  const figure = summarize(values);
  const reference = summarize(references);
  const ratio = MORE_IS_BETTER.has(names.unit)
    ? figure.median / reference.median
    : reference.median / figure.median;
  const verdict = judge?.(figure.median, reference.median, ratio);
  return { ...names, figure, reference, ratio, verdict };
}

/** At least so many times as good as the reference. */
export function atLeast(factor: number): Judge {
  return (_figure, _reference, ratio) => ({ target: `≥ ${factor}x`, met: ratio >= factor });
}

/** Below a bound in the row's unit. */
export function below(bound: number, text: string): Judge {
  return (figure) => ({ target: text, met: figure < bound });
}

/** No more than the reference and so many microseconds. */
export function within(microseconds: number): Judge {
  return (figure, reference) => ({
    target: `≤ it + ${microseconds} us`,
    met: figure <= reference + microseconds,
  });
}
