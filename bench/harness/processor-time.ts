import { readdirSync, readFileSync } from 'node:fs';

/**
 * Nanoseconds of processor time of the threads a process has, as the scheduler counts them (/proc/PID/task/TID/schedstat);
 * undefined when it is gone. /proc/PID/stat would tell hundredths of a second.
 */
export function processorNanoseconds(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
      .reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
  } catch {
    return undefined;
  }
}
