import type { DriverName, Trial } from '../trials/trial.ts';

/** One process to start: a trial on a driver, in a round counted from 1. */
export interface Run {
  readonly trial: Trial;
  readonly driver: DriverName;
  readonly round: number;
}

/**
 * The order everything runs in. All drivers of a trial run back to back, so that they meet the same weather; every
 * other round reverses them, so that none is always the one after the slow one; and a trial's rounds lie as far apart
 * as possible, so that one disturbance hits one of them.
 */
export function schedule(trials: readonly Trial[], rounds: number): readonly Run[] {
  return Array.from({ length: rounds }, (_, index) =>
    trials.flatMap((trial) =>
      (index % 2 === 0 ? trial.drivers : trial.drivers.toReversed()).map((driver) => ({
        trial,
        driver,
        round: index + 1,
      })),
    ),
  ).flat();
}
