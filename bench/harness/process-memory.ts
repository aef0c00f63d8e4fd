import { readFileSync } from 'node:fs';

export interface ProcessMemory {
  /** What it holds now, in MiB. */
  readonly residentMiB: number;
  /** The most it has held. */
  readonly peakMiB: number;
}

const KIB_PER_MIB = 1024;

/** Memory of a process; undefined when it is gone. */
export function processMemory(pid: number): ProcessMemory | undefined {
  try {
    return memoryIn(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** From the text of /proc/PID/status (proc(5)): VmRSS and VmHWM. */
export function memoryIn(status: string): ProcessMemory | undefined {
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / KIB_PER_MIB;
  const [residentMiB, peakMiB] = [field('VmRSS'), field('VmHWM')];
  return Number.isFinite(residentMiB) && Number.isFinite(peakMiB)
    ? { residentMiB, peakMiB }
    : undefined;
}
