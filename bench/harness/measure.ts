import type { Operation } from '../trials/trial.ts';

/** How long a measurement may take, in milliseconds. */
export interface Durations {
  /** Time spent running before anything is measured. */
  readonly warmUp: number;
  /** Length the measured loop is calibrated to. */
  readonly measurement: number;
}

/** A monotonic clock in nanoseconds. */
export type Clock = () => bigint;

/** A loop of fewer runs than this would be mostly its own beginning and end. */
const MINIMUM_RUNS = 10;
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Nanoseconds per operation of one loop, after warming up and calibrating. */
export async function measure(
  operation: Operation,
  durations: Durations,
  clock: Clock,
): Promise<number> {
  const loop = (runs: number): number | Promise<number> =>
    operation.mode === 'sync'
      ? timeSync(operation.run, runs, clock)
      : timeAsync(operation.run, operation.inFlight, runs, clock);

  const perRun = await warmUp(loop, durations.warmUp * NANOSECONDS_PER_MILLISECOND);
  const runs = Math.max(
    Math.ceil((durations.measurement * NANOSECONDS_PER_MILLISECOND) / perRun),
    MINIMUM_RUNS * (operation.mode === 'sync' ? 1 : operation.inFlight),
  );
  const perOperation = (await loop(runs)) / runs;
  return operation.mode === 'sync' ? perOperation / operation.operations : perOperation;
}

/** Runs ever longer loops until `budget` nanoseconds are spent; returns nanoseconds per run of the last loop. */
async function warmUp(
  loop: (runs: number) => number | Promise<number>,
  budget: number,
): Promise<number> {
  let spent = 0;
  for (let runs = 1; ; runs *= 2) {
    const elapsed = Math.max(await loop(runs), 1);
    spent += elapsed;
    if (spent >= budget) return elapsed / runs;
  }
}

/** Holds each result past its loop, so that no compiler may drop the work. */
const sink: { last: unknown } = { last: undefined };

function timeSync(run: () => unknown, runs: number, clock: Clock): number {
  const start = clock();
  for (let i = 0; i < runs; i += 1) sink.last = run();
  return Number(clock() - start);
}

/** Keeps `inFlight` runs going until `runs` have been started, and waits for the last. */
async function timeAsync(
  run: () => Promise<unknown>,
  inFlight: number,
  runs: number,
  clock: Clock,
): Promise<number> {
  let left = runs;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      sink.last = await run();
    }
  };
  const start = clock();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return Number(clock() - start);
}
