import { accessSync, constants } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';

import { EXIT } from '../../src/errors/codes.ts';
import { UsageError } from '../options.ts';

/** Runs a benchmark as a program: a failure is one line and an exit code. */
export async function runBenchmark(
  main: (args: readonly string[]) => Promise<void>,
): Promise<void> {
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
}

/** What was started ends with this process, and what it has written goes with it: 'exit' has to come. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(EXIT.failed));
  }
}

/** A file that cannot be written is better known before ten minutes of measuring than after. Throws UsageError. */
export function requireWritable(files: readonly (string | undefined)[]): void {
  for (const file of files) {
    if (file === undefined) continue;
    try {
      accessSync(dirname(resolve(file)), constants.W_OK);
    } catch {
      throw new UsageError(`${file}: its directory does not exist or cannot be written`);
    }
  }
}

/** Says so when others work on this machine. */
export function warnWhenBusy(): void {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (load <= cores / 2) return;
  process.stderr.write(
    `! the machine is busy (load ${load.toFixed(2)} on ${cores} cores): only ratios can be read\n`,
  );
}
