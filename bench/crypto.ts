// `npm run bench:crypto`: native against pure. scripts/bench-crypto.mjs prepares the checkout and starts this.

import { accessSync, constants, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';

import type { ProviderReport } from '../src/crypto/provider.ts';
import { EXIT } from '../src/errors/codes.ts';
import { compare, type Comparison } from './harness/compare.ts';
import { loadAverage, machineFacts, nativeFacts, type Fact } from './harness/environment.ts';
import { makeFixtures } from './harness/make-fixtures.ts';
import { Progress } from './harness/progress.ts';
import { schedule } from './harness/schedule.ts';
import { runInProcess } from './harness/trial-process.ts';
import { parseOptions, selectTrials, UsageError, type BenchOptions } from './options.ts';
import { markdownReport } from './report/markdown.ts';
import { requireRecords, toRecords } from './report/record.ts';
import { environmentText, tableText } from './report/table.ts';
import { TRIALS } from './trials/index.ts';
import { trialId, type DriverName, type Trial } from './trials/trial.ts';

/** Milliseconds. `--quick` measures a third as long and warms up half as long. */
const MEASUREMENT = { full: 300, quick: 100 } as const;
const WARM_UP_SHARE = { full: 1, quick: 0.5 } as const;

interface Results {
  readonly comparisons: readonly Comparison[];
  /** What answered the native trials. */
  readonly native: ProviderReport;
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const trials = selectTrials(TRIALS, options);
  for (const file of [options.json, options.markdown]) requireWritable(file);

  const before = machineFacts(new Date());
  warnWhenBusy();
  const { comparisons, native } = await runAll(trials, options);
  const facts: readonly Fact[] = [
    ...before,
    ...nativeFacts(native),
    { label: 'load at the end', value: loadAverage() },
  ];

  process.stdout.write(`\nenvironment\n${environmentText(facts)}\n`);
  process.stdout.write(tableText(comparisons, options.rounds));
  if (options.json !== undefined) {
    const records = requireRecords(toRecords(comparisons));
    writeFileSync(options.json, `${JSON.stringify(records, null, 2)}\n`);
  }
  if (options.markdown !== undefined) {
    writeFileSync(options.markdown, markdownReport(facts, comparisons, options.rounds));
  }
}

async function runAll(trials: readonly Trial[], options: BenchOptions): Promise<Results> {
  const mode = options.quick ? 'quick' : 'full';
  const runs = schedule(trials, options.rounds);
  const fixtures = await makeFixtures(
    new Set(trials.flatMap(({ fixture }) => fixture ?? [])),
    Math.floor(Date.now() / 1000),
  );
  const progress = new Progress({
    stream: process.stderr,
    total: runs.length,
    now: () => performance.now(),
  });
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
  progress.end();
  if (native === undefined) throw new Error('no trial ran on the native provider');
  return {
    comparisons: [...values].flatMap(([trial, measurements]) => compare(trial, measurements)),
    native,
  };
}

/** A file that cannot be written is better known before ten minutes of measuring than after. */
function requireWritable(file: string | undefined): void {
  if (file === undefined) return;
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch {
    throw new UsageError(`${file}: its directory does not exist or cannot be written`);
  }
}

function warnWhenBusy(): void {
  const [load = 0] = loadavg();
  if (load <= availableParallelism() / 2) return;
  process.stderr.write(
    `! the machine is busy (load ${load.toFixed(2)} on ${availableParallelism()} cores): times will come out too long\n`,
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`error: ${error.message}; see --help\n`);
    process.exitCode = EXIT.usage;
  } else {
    process.stderr.write(`\nerror: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failed;
  }
}
