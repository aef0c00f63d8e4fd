import type { FixtureName } from '../trials/fixtures.ts';
import type { Case } from './cases.ts';
import type { LoadResult } from './clients/load-result.ts';
import type { ClientName, SubjectName } from './contenders.ts';

/** Everything that was measured of a case, round by round, by contender. */
export interface CaseMeasurements {
  readonly of: Case;
  readonly byContender: ReadonlyMap<string, readonly LoadResult[]>;
}

/** What a fresh process of a server takes before anybody asks anything. */
export interface StartMeasurement {
  /** Milliseconds from its start to the first connection accepted. */
  readonly startMs: number;
  readonly idleMiB: number;
  /** Milliseconds of processor time a second with nothing to do. */
  readonly idleCpu: number;
}

/** A server that is asked five times as much as it can do. */
export interface OverloadMeasurement {
  /** Answers a second that it can give. */
  readonly capacity: number;
  /** Answers a second in time, while it was asked too much. */
  readonly goodput: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly late: number;
  readonly notSent: number;
  readonly peakMiB: number;
}

/** A well-behaved client, alone and beside one that is not: microseconds. */
export interface AbuseMeasurement {
  readonly aloneP99: number;
  readonly besideP99: number;
  /** How often the abusive one had to connect again. */
  readonly connections: number;
}

/** Nanoseconds of each stage of a certificate inside the native core, in the order they happen. */
export type StageMeasurement = Readonly<Record<string, number>>;

/** Round by round. */
export type Rounds<Measurement> = ReadonlyMap<SubjectName, readonly Measurement[]>;

export interface BrokerMeasurements {
  readonly cases: readonly CaseMeasurements[];
  readonly starts: Rounds<StartMeasurement>;
  /** The most memory each server held while the cases ran: MiB. */
  readonly peaks: Rounds<number>;
  readonly overloads: Rounds<OverloadMeasurement>;
  readonly abuses: Rounds<AbuseMeasurement>;
  readonly stages: ReadonlyMap<FixtureName, readonly StageMeasurement[]>;
  /** What could not be had, and why. */
  readonly missing: ReadonlyMap<SubjectName | ClientName, string>;
}
