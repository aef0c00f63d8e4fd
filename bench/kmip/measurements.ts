import type { SubjectName, Trial } from './cases.ts';
import type { LoadResult } from './client/protocol.ts';

/** One subject in one round of one trial. */
export interface Measured extends LoadResult {
  /** Microseconds of processor time a request, of each of its processes. */
  readonly cpu: Readonly<Record<string, number>>;
  /** The Gateway's: keys the Core did not know of yet when the measurement ended. */
  readonly backlog?: number;
}

/** Everything that was measured of a trial, round by round. */
export interface TrialMeasurements {
  readonly trial: Trial;
  readonly bySubject: ReadonlyMap<SubjectName, readonly Measured[]>;
  /** The disk in each round: microseconds of one append of 4 KiB and fdatasync, median. */
  readonly floor: readonly number[];
}

/** Reads of one size of the vault, round by round: microseconds, median of each. */
export interface LookupMeasurements {
  readonly keys: number;
  readonly p50: readonly number[];
  readonly p99: readonly number[];
}
