import { REFERENCE, type DriverName, type Expectation, type Trial } from '../trials/trial.ts';
import { ratio, summarize, type Summary } from './statistics.ts';

/** Nanoseconds per operation of every round, by driver. */
export type Measurements = ReadonlyMap<DriverName, readonly number[]>;

/** One bound of an expectation and whether the figure keeps it. */
export interface Verdict {
  readonly bound: keyof Expectation;
  readonly limit: number;
  readonly met: boolean;
}

/** One driver beside the reference. Times in the trial's unit. */
export interface Comparison {
  readonly trial: Trial;
  readonly driver: DriverName;
  readonly figure: Summary;
  readonly reference: Summary;
  /** Reference median over figure median: above 1, the driver is the faster. */
  readonly ratio: number;
  readonly verdicts: readonly Verdict[];
}

const NANOSECONDS = { ns: 1, us: 1000 } as const;

/** Every driver of the trial but the reference. Throws RangeError when a driver has no measurement. */
export function compare(trial: Trial, measurements: Measurements): readonly Comparison[] {
  const summaryOf = (driver: DriverName): Summary =>
    summarize((measurements.get(driver) ?? []).map((value) => value / NANOSECONDS[trial.unit]));
  const reference = summaryOf(REFERENCE);
  return trial.drivers
    .filter((driver) => driver !== REFERENCE)
    .map((driver) => {
      const figure = summaryOf(driver);
      const gain = ratio(figure.median, reference.median);
      return {
        trial,
        driver,
        figure,
        reference,
        ratio: gain,
        verdicts: judge(trial.expected[driver] ?? {}, figure.median, gain),
      };
    });
}

function judge(expected: Expectation, median: number, gain: number): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  if (expected.atMost !== undefined) {
    verdicts.push({ bound: 'atMost', limit: expected.atMost, met: median <= expected.atMost });
  }
  if (expected.ratio !== undefined) {
    verdicts.push({ bound: 'ratio', limit: expected.ratio, met: gain >= expected.ratio });
  }
  return verdicts;
}
