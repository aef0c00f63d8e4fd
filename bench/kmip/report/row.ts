import { summarize, type Summary } from '../../harness/statistics.ts';

export const GROUPS = [
  'as fast as it goes',
  'latency',
  'processor time of the servers',
  'size of the vault',
] as const;

export type Group = (typeof GROUPS)[number];

/** `req/s`: more is better; the others: less is. */
export type Unit = 'req/s' | 'us' | 'us/req';

/** What a figure should be, and whether it is. */
export interface Verdict {
  /** `≥ 0.7x` */
  readonly target: string;
  readonly met: boolean;
}

/** One figure of ours beside one of somebody else's. */
export interface Row {
  readonly group: Group;
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

/** What a row is made from: values round by round. */
export interface RowValues extends Omit<Row, 'figure' | 'reference' | 'ratio' | 'verdict'> {
  readonly values: readonly number[];
  readonly references: readonly number[];
  /** Judges the medians. */
  readonly judge?: ((figure: number, reference: number, ratio: number) => Verdict) | undefined;
}

/** Summarizes the rounds and judges the medians. */
export function toRow({ values, references, judge, ...names }: RowValues): Row {
  const figure = summarize(values);
  const reference = summarize(references);
  const ratio =
    names.unit === 'req/s' ? figure.median / reference.median : reference.median / figure.median;
  const verdict = judge?.(figure.median, reference.median, ratio);
  return { ...names, figure, reference, ratio, verdict };
}

/** At least so many times as good as the reference. */
export function atLeast(factor: number): NonNullable<RowValues['judge']> {
  return (_figure, _reference, ratio) => ({ target: `≥ ${factor}x`, met: ratio >= factor });
}

/** Below a bound in the row's unit. */
export function below(bound: number, text: string): NonNullable<RowValues['judge']> {
  return (figure) => ({ target: text, met: figure < bound });
}

/** No more than the reference and so many microseconds. */
export function within(microseconds: number): NonNullable<RowValues['judge']> {
  return (figure, reference) => ({
    target: `≤ it + ${microseconds} us`,
    met: figure <= reference + microseconds,
  });
}
