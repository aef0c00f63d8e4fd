import { readFileSync } from 'node:fs';

import { runProgram } from '../harness/run-program.ts';
import type { Placement } from './cases.ts';

/** Two processors this process may use. */
export interface Cores {
  readonly first: number;
  readonly second: number;
  /** All of them, as taskset(1) takes it. */
  readonly all: string;
}

const TASKSET_MS = 5000;

/** The processors to place things on; undefined where there is but one, or nobody tells. */
export function availableCores(): Cores | undefined {
  return coresIn(readFileSync('/proc/self/status', 'utf8'));
}

/** From the text of /proc/PID/status (proc(5)). */
export function coresIn(status: string): Cores | undefined {
  const all = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  if (all === undefined) return undefined;
  const [first, second] = all.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: Math.min(to - from, 1) + 1 }, (_, index) => from + index);
  });
  return first === undefined || second === undefined ? undefined : { first, second, all };
}

type Role = 'server' | 'client';

/** The command that runs where its role has its place. */
export function onCores(
  role: Role,
  placement: Placement,
  cores: Cores | undefined,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  const list = coreList(role, placement, cores);
  return list === undefined ? command : ['taskset', '-c', list, ...command];
}

/** Moves all threads of a server to where it belongs. */
export async function placeServer(
  pid: number,
  placement: Placement,
  cores: Cores | undefined,
): Promise<void> {
  if (cores === undefined) return;
  const list = coreList('server', placement, cores) ?? cores.all;
  await runProgram(['taskset', '-a', '-c', '-p', list, String(pid)], {
    what: `placing process ${pid}`,
    limitMs: TASKSET_MS,
  });
}

function coreList(role: Role, placement: Placement, cores: Cores | undefined): string | undefined {
  if (placement === 'free' || cores === undefined) return undefined;
  return String(placement === 'other core' && role === 'client' ? cores.second : cores.first);
}
