import { readFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes for programs (proc(5)). */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time a process has used, in all its threads; undefined when it is gone. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    return cpuSecondsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** From the text of /proc/PID/stat: fields 14 and 15, user and system time. */
export function cpuSecondsIn(stat: string): number | undefined {
  // The second field is the program's name in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[14 - 3]) + Number(fields[15 - 3]);
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : undefined;
}
