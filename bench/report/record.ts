import type { Comparison } from '../harness/compare.ts';
import { trialId } from '../trials/trial.ts';

/** One figure as other programs read it. `--json` writes one array of these. */
export interface BenchRecord {
  /** Which benchmark: `crypto`, `kmip`, `vault`. */
  readonly bench: string;
  /** `group/name` of the trial, or the row's own name. */
  readonly case: string;
  /** Of value and reference: `ns/op`, `us/op`, `us`, `us/req` or `req/s`. */
  readonly unit: string;
  /** What was measured: a driver, a server. */
  readonly subject: string;
  readonly value: number;
  /** The value of what it is held against, for the same case. */
  readonly reference: number;
  /** Above 1: the subject is the better. */
  readonly ratio: number;
}

export function toRecords(comparisons: readonly Comparison[]): readonly BenchRecord[] {
  return comparisons.map(({ trial, driver, figure, reference, ratio }) => ({
    bench: 'crypto',
    case: trialId(trial),
    unit: `${trial.unit}/op`,
    subject: driver,
    value: figure.median,
    reference: reference.median,
    ratio,
  }));
}

const TEXTS = ['bench', 'case', 'unit', 'subject'] as const;
const NUMBERS = ['value', 'reference', 'ratio'] as const;

/** The same records, or a TypeError that names the first one whose shape a reader could not rely on. */
export function requireRecords(records: readonly BenchRecord[]): readonly BenchRecord[] {
  const seen = new Set<string>();
  for (const record of records) {
    const name = `record ${record.case} of ${record.subject}`;
    const text = TEXTS.find((key) => record[key] === '');
    if (text !== undefined) throw new TypeError(`${name}: ${text} is empty`);
    const number = NUMBERS.find((key) => !Number.isFinite(record[key]) || record[key] <= 0);
    if (number !== undefined) throw new TypeError(`${name}: ${number} is not a positive number`);
    if (seen.has(name)) throw new TypeError(`${name}: given twice`);
    seen.add(name);
  }
  return records;
}
