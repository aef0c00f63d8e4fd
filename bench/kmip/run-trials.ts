import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { measureFloor } from '../vault/floor.ts';
import { trialTitle, type SubjectName, type Trial } from './cases.ts';
import { fillKeys, measureLoad } from './client/client-process.ts';
import type { LoadNote, LoadResult } from './client/protocol.ts';
import { cpuSeconds } from './cpu-time.ts';
import type { Measured, TrialMeasurements } from './measurements.ts';
import type { Subjects } from './subjects/start-subjects.ts';
import type { Subject } from './subjects/subject.ts';

export interface RunOptions {
  readonly trials: readonly Trial[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly subjects: Subjects;
  /** For the file that the disk is measured with: on the file system of the vault. */
  readonly directory: string;
  readonly progress: (text: string) => void;
}

/** Milliseconds. Paced measurements need longer for as many samples. */
const TIMES = {
  full: { serverMs: 5000, warmUpMs: 1000, measureMs: 3000, pacedMs: 8000, floorMs: 2000 },
  quick: { serverMs: 2000, warmUpMs: 400, measureMs: 800, pacedMs: 3000, floorMs: 500 },
} as const;

/** Keys there are before anything is measured. */
const KEYS = { full: 10_000, quick: 2000 } as const;
/** PyKMIP makes about a hundred a second. */
const PYKMIP_KEYS = 100;
const FILL_CONNECTIONS = 32;

const WARM_UP_REQUESTS = ['create-get', 'get', 'state'] as const;
const WARM_UP_CONNECTIONS = 8;

const MICROSECONDS = 1e6;

/**
 * Runs all rounds of all trials. The subjects of a trial run back to back, so that they meet the same weather, in every
 * other round in the opposite order.
 */
export async function runTrials(options: RunOptions): Promise<readonly TrialMeasurements[]> {
  const { trials, rounds, subjects, progress } = options;
  const uids = await fill(options);
  await warmUp(options, uids);
  const results = trials.map((trial) => ({
    trial,
    bySubject: new Map<SubjectName, Measured[]>(),
    floor: [] as number[],
  }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { trial, bySubject, floor } of results) {
      const names = round % 2 === 1 ? trial.subjects : trial.subjects.toReversed();
      if (trial.floor === true) floor.push(floorOf(options));
      for (const name of names) {
        const subject = subjects.byName.get(name);
        if (subject === undefined) continue;
        progress(`round ${round} of ${rounds}: ${trialTitle(trial)} on ${name}`);
        const measured = await measure(trial, subject, uids.get(name) ?? [], options);
        bySubject.set(name, [...(bySubject.get(name) ?? []), measured]);
      }
    }
  }
  return results;
}

async function fill({
  subjects,
  quick,
  progress,
}: RunOptions): Promise<ReadonlyMap<SubjectName, readonly string[]>> {
  const uids = new Map<SubjectName, readonly string[]>();
  for (const [name, subject] of subjects.byName) {
    if (name === 'echo') continue;
    const keys = name === 'pykmip' ? PYKMIP_KEYS : KEYS[quick ? 'quick' : 'full'];
    progress(`making ${keys} keys on ${name}`);
    const connections = name === 'pykmip' ? 1 : FILL_CONNECTIONS;
    uids.set(name, await fillKeys({ endpoint: subject.endpoint, keys, connections }));
    await subject.settle();
  }
  // Nobody looks at them there; they are as long as the Gateway's.
  return uids.set('echo', uids.get('gateway') ?? []);
}

/**
 * Asks every server for everything, for some seconds, before the first round: V8 compiles what runs often only while it
 * runs, and a server is measured as it is after its first minute.
 */
async function warmUp(
  { subjects, quick, progress }: RunOptions,
  uids: ReadonlyMap<SubjectName, readonly string[]>,
): Promise<void> {
  const { serverMs } = TIMES[quick ? 'quick' : 'full'];
  for (const [name, subject] of subjects.byName) {
    if (name === 'pykmip') continue;
    progress(`warming up ${name}`);
    for (const request of name === 'echo' ? (['echo'] as const) : WARM_UP_REQUESTS) {
      await measureLoad(
        {
          ...{ endpoint: subject.endpoint, request, connections: WARM_UP_CONNECTIONS },
          ...{ uids: uids.get(name) ?? [], pace: { kind: 'closed' } },
          ...{ warmUpMs: 0, measureMs: serverMs },
        },
        () => undefined,
      );
    }
    await subject.settle();
  }
}

async function measure(
  trial: Trial,
  subject: Subject,
  uids: readonly string[],
  { quick, subjects }: RunOptions,
): Promise<Measured> {
  const { warmUpMs, measureMs, pacedMs } = TIMES[quick ? 'quick' : 'full'];
  const { request, connections, perSecond } = trial;
  const meter = new CpuMeter(subject.processes);
  const result = await measureLoad(
    {
      endpoint: subject.endpoint,
      request: subject.name === 'echo' ? 'echo' : request,
      ...{ connections, uids, warmUpMs },
      measureMs: perSecond === undefined ? measureMs : pacedMs,
      pace: perSecond === undefined ? { kind: 'closed' } : { kind: 'open', perSecond },
    },
    meter.note,
  );
  const backlog = subject.name === 'gateway' ? await subjects.gateway.backlog() : undefined;
  await subject.settle();
  return { ...result, cpu: meter.perRequest(result), ...(backlog !== undefined && { backlog }) };
}

/** Reads the processor time of processes at both ends of a measurement. */
class CpuMeter {
  readonly #processes: Subject['processes'];
  #before: ReadonlyMap<string, number | undefined> = new Map();
  #after: ReadonlyMap<string, number | undefined> = new Map();

  constructor(processes: Subject['processes']) {
    this.#processes = processes;
  }

  readonly note = (note: LoadNote): void => {
    const now = this.#read();
    if (note === 'measuring') this.#before = now;
    else this.#after = now;
  };

  perRequest({ requests }: LoadResult): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#after].flatMap(([name, after]) => {
        const before = this.#before.get(name);
        if (before === undefined || after === undefined) return [];
        return [[name, ((after - before) * MICROSECONDS) / requests]];
      }),
    );
  }

  #read(): ReadonlyMap<string, number | undefined> {
    return new Map(
      Object.entries(this.#processes).map(([name, pid]) => [name, cpuSeconds(pid)] as const),
    );
  }
}

function floorOf({ directory, quick }: RunOptions): number {
  const path = join(directory, 'floor');
  try {
    const [append] = measureFloor(path, TIMES[quick ? 'quick' : 'full'].floorMs);
    if (append === undefined) throw new Error('the disk was not measured');
    return append.p50;
  } finally {
    rmSync(path, { force: true });
  }
}
