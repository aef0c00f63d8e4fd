import type { ProviderReport } from '../../src/crypto/provider.ts';
import { trialId, type DriverName, type Trial } from '../trials/trial.ts';
import { compare, type Comparison } from './compare.ts';
import { makeFixtures } from './make-fixtures.ts';
import { schedule, type Run } from './schedule.ts';
import { runInProcess } from './trial-process.ts';

/** Milliseconds. `--quick` measures a third as long and warms up half as long. */
const MEASUREMENT = { full: 300, quick: 100 } as const;
const WARM_UP_SHARE = { full: 1, quick: 0.5 } as const;

export interface TrialOptions {
  readonly rounds: number;
  readonly quick: boolean;
}

/** Hears of every process before and after it runs. */
export interface TrialProgress {
  begin(run: Run): void;
  finish(): void;
}

export interface TrialResults {
  readonly comparisons: readonly Comparison[];
  /** What answered the native trials. */
  readonly native: ProviderReport;
}

/** Runs every trial on every driver, in rounds. `progress` is told how many processes that takes. */
export async function runTrials(
  trials: readonly Trial[],
  options: TrialOptions,
  progressOf: (processes: number) => TrialProgress,
): Promise<TrialResults> {
  const mode = options.quick ? 'quick' : 'full';
  const runs = schedule(trials, options.rounds);
  const fixtures = await makeFixtures(
    new Set(trials.flatMap(({ fixture }) => fixture ?? [])),
    Math.floor(Date.now() / 1000),
  );
  const progress = progressOf(runs.length);
  const values = new Map<Trial, Map<DriverName, number[]>>(
    trials.map((trial) => [trial, new Map()]),
  );
  let native: ProviderReport | undefined;

  for (const run of runs) {
    const { trial, driver } = run;
    progress.begin(run);
    const { nanoseconds, report } = await runInProcess({
      trial: trialId(trial),
      driver,
      durations: {
        warmUp: trial.warmUp * WARM_UP_SHARE[mode],
        measurement: MEASUREMENT[mode],
      },
      fixture: trial.fixture && fixtures.get(trial.fixture),
    });
    const ofTrial = values.get(trial);
    ofTrial?.set(driver, [...(ofTrial.get(driver) ?? []), nanoseconds]);
    if (report.provider === 'native') native = report;
    progress.finish();
  }
  if (native === undefined) throw new Error('no trial ran on the native provider');
  return {
    comparisons: [...values].flatMap(([trial, measurements]) => compare(trial, measurements)),
    native,
  };
}
