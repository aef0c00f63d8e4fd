import { runProgram } from '../../harness/run-program.ts';
import type { Placement } from '../cases.ts';
import { onCores, type Cores } from '../placement.ts';
import { parseLoadOutput, type LoadResult } from './load-result.ts';

/** One measurement, as every load client understands it. */
export interface LoadJob {
  readonly socket: string;
  /** `/package.Service/Method` */
  readonly path: string;
  /** File with the request message. */
  readonly request: string;
  readonly inFlight: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly serverPid: number;
  readonly placement: Placement;
  /** What this client has beyond the others. */
  readonly more?: readonly string[];
}

/** A program that takes the options of bench/load-client. */
export type LoadCommand = readonly [string, ...string[]];

/** Beyond what the job itself takes; whatever takes this much longer hangs. */
const GRACE_MS = 40_000;
/** While a server and a client warm up, as many as keep both busy. */
const WARM_UP_IN_FLIGHT = 50;

/** Measures in a fresh process. Rejects when a request fails, the process dies or the time limit passes. */
export async function runLoad(
  command: LoadCommand,
  job: LoadJob,
  cores: Cores | undefined,
): Promise<LoadResult> {
  const args = [
    ...['--socket', job.socket, '--request', job.request],
    ...(job.path === '' ? [] : ['--path', job.path]),
    ...['--in-flight', String(job.inFlight), '--seconds', String(job.seconds)],
    ...['--warmup', String(job.warmUpSeconds)],
    ...(job.inFlight < WARM_UP_IN_FLIGHT && job.path !== ''
      ? ['--warmup-in-flight', String(WARM_UP_IN_FLIGHT)]
      : []),
    ...['--server-pid', String(job.serverPid), ...(job.more ?? [])],
  ];
  const output = await runProgram(onCores('client', job.placement, cores, [...command, ...args]), {
    what: `load on ${job.path}`,
    limitMs: (job.seconds + job.warmUpSeconds) * 1000 + GRACE_MS,
  });
  return parseLoadOutput(output);
}
