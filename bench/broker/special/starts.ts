import { setTimeout as sleep } from 'node:timers/promises';

import { processMemory } from '../../harness/process-memory.ts';
import { processorNanoseconds } from '../../harness/processor-time.ts';
import type { SubjectName } from '../contenders.ts';
import type { Rounds, StartMeasurement } from '../measurements.ts';
import type { RunContext } from '../run-context.ts';
import { startSubject } from '../subjects/start-subjects.ts';

const START_SUBJECTS = ['go', 'native', 'grpc-js', 'pure'] as const;

/** Milliseconds that a server is left alone before it is called idle, and that it is then watched for. */
const TIMES = { full: { settle: 1000, watch: 3000 }, quick: { settle: 300, watch: 700 } } as const;
/** One start tells little: a disk that was busy makes it slow. */
const STARTS_A_ROUND = { full: 3, quick: 1 } as const;
const NANOSECONDS_PER_MS = 1e6;

/** Starts each server afresh, and watches it do nothing. */
export async function measureStarts(context: RunContext): Promise<Rounds<StartMeasurement>> {
  const mode = context.quick ? 'quick' : 'full';
  const starts = new Map<SubjectName, StartMeasurement[]>();
  for (let turn = 0; turn < context.rounds * STARTS_A_ROUND[mode]; turn += 1) {
    for (const name of START_SUBJECTS) {
      context.progress(`start ${turn + 1} of ${name}`);
      const subject = await startSubject(name, context.directory, context.programs);
      if ('missing' in subject) continue;
      try {
        await sleep(TIMES[mode].settle);
        const before = processorNanoseconds(subject.pid) ?? 0;
        const from = performance.now();
        await sleep(TIMES[mode].watch);
        const seconds = (performance.now() - from) / 1000;
        const used = (processorNanoseconds(subject.pid) ?? 0) - before;
        const memory = processMemory(subject.pid);
        if (memory === undefined) throw new Error(`${name} has ended by itself`);
        const measured = {
          startMs: subject.startMs,
          idleMiB: memory.residentMiB,
          idleCpu: used / NANOSECONDS_PER_MS / seconds,
        };
        starts.set(name, [...(starts.get(name) ?? []), measured]);
      } finally {
        await subject.stop();
      }
    }
  }
  return starts;
}
