import { readFileSync } from 'node:fs';
import os from 'node:os';

import type { ProviderReport } from '../../src/crypto/provider.ts';

/** One line of the environment block. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

const GOVERNOR = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';

/** What the machine and this process are, before the first trial. */
export function machineFacts(now: Date): readonly Fact[] {
  const cpus = os.cpus();
  return [
    { label: 'date', value: now.toISOString() },
    { label: 'CPU', value: `${cpus[0]?.model.trim() ?? 'unknown'}, ${cpus.length} cores` },
    { label: 'placement', value: placement(readText('/proc/self/status') ?? '', cpus.length) },
    { label: 'scheduling', value: scheduling(readText('/proc/self/stat') ?? '', os.getPriority()) },
    { label: 'governor', value: readText(GOVERNOR)?.trim() ?? 'not shown by this machine' },
    { label: 'load average', value: loadAverage() },
    { label: 'kernel', value: `${os.type()} ${os.release()} ${os.arch()}` },
    { label: 'Node', value: `${process.version}, its OpenSSL ${process.versions.openssl}` },
  ];
}

/** What answered the native trials. */
export function nativeFacts(report: ProviderReport): readonly Fact[] {
  const { module } = report;
  return [
    { label: 'our OpenSSL', value: report.libraryVersion },
    {
      label: 'provider',
      value: module === undefined ? 'built in' : `${module.name} ${module.version}`,
    },
    {
      label: 'FIPS',
      value:
        report.fips === 'required'
          ? `required, ${report.selfTests.filter((test) => test.passed).length} self tests passed`
          : 'off',
    },
  ];
}

/** Load averages over 1, 5 and 15 minutes. */
export function loadAverage(): string {
  return os
    .loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');
}

/** Whether this process may use every core, from the text of /proc/PID/status (proc(5)). */
export function placement(status: string, cores: number): string {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  if (list === undefined) return 'unknown';
  return countCpus(list) >= cores ? 'free' : `pinned to ${list}`;
}

/** SCHED_FIFO and SCHED_RR, sched(7). */
const REAL_TIME_POLICIES: readonly (string | undefined)[] = ['1', '2'];

/** How this process competes for the cores, from the text of /proc/PID/stat (proc(5)) and its nice value. */
export function scheduling(stat: string, nice: number): string {
  // The second field is the program's name in parentheses and may hold anything; the policy is field 41.
  const policy = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[41 - 3];
  if (REAL_TIME_POLICIES.includes(policy)) return 'real time';
  return nice === 0 ? 'normal' : `nice ${nice}`;
}

/** Number of CPUs in a list such as `0-3,8`. */
function countCpus(list: string): number {
  return list
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
