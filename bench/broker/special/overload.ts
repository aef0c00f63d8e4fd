import { processMemory } from '../../harness/process-memory.ts';
import type { RequestSpec } from '../cases.ts';
import { commandOf, type ClientCommand } from '../clients/commands.ts';
import type { LoadResult } from '../clients/load-result.ts';
import { runLoad } from '../clients/run-load.ts';
import type { SubjectName } from '../contenders.ts';
import type { OverloadMeasurement, Rounds } from '../measurements.ts';
import { requestId } from '../requests.ts';
import type { RunContext } from '../run-context.ts';
import { forgetLog, startSubject } from '../subjects/start-subjects.ts';
import type { Subject } from '../subjects/subject.ts';

const OVERLOAD_SUBJECTS = ['go', 'native', 'grpc-js'] as const;

/** Certificates: hashes a client on the same machine cannot ask for five times as fast as they are answered. */
export const OVERLOAD_REQUEST: RequestSpec = { kind: 'certificate', fixture: 'P-384 under P-384' };

/** How many times its capacity a server is asked. */
export const OVERLOAD_FACTOR = 5;
/** An answer after this long is of no use to who asked: milliseconds. */
export const OVERLOAD_DEADLINE_MS = 1000;

const CAPACITY_IN_FLIGHT = 50;
const CONNECTIONS = 4;
/** The server's own limit on open calls of a connection is higher by a few. */
const IN_FLIGHT = 1000;
const SECONDS = {
  full: { capacity: 2, overload: 6 },
  quick: { capacity: 1, overload: 3 },
} as const;

/** Asks each server for five times as much as it can do. */
export async function measureOverloads(context: RunContext): Promise<Rounds<OverloadMeasurement>> {
  const overloads = new Map<SubjectName, OverloadMeasurement[]>();
  const client = commandOf('light', context.programs);
  if ('missing' in client) return overloads;
  for (let round = 1; round <= context.rounds; round += 1) {
    for (const name of OVERLOAD_SUBJECTS) {
      context.progress(`round ${round} of ${context.rounds}: too much for ${name}`);
      const subject = await startSubject(name, context.directory, context.programs);
      if ('missing' in subject) continue;
      try {
        const measured = await overload(subject, client, context);
        overloads.set(name, [...(overloads.get(name) ?? []), measured]);
      } finally {
        await subject.stop();
      }
    }
  }
  return overloads;
}

async function overload(
  subject: Subject,
  { command }: Extract<ClientCommand, { readonly command: unknown }>,
  context: RunContext,
): Promise<OverloadMeasurement> {
  const seconds = SECONDS[context.quick ? 'quick' : 'full'];
  const request = context.requests.get(requestId(OVERLOAD_REQUEST));
  if (request === undefined) throw new RangeError('the request of the overload was not prepared');
  const load = (inFlight: number, time: number, more: readonly string[]): Promise<LoadResult> =>
    runLoad(
      command,
      {
        ...{ socket: subject.socket, path: request.path, request: request.file, inFlight, more },
        ...{ seconds: time, warmUpSeconds: 0.5, serverPid: subject.pid, placement: 'free' },
      },
      context.cores,
    );
  const { perSecond: capacity } = await load(CAPACITY_IN_FLIGHT, seconds.capacity, []);
  forgetLog(subject);
  const asked = await load(IN_FLIGHT, seconds.overload, [
    ...['--rate', String(Math.round(capacity * OVERLOAD_FACTOR)), '--allow-failures'],
    ...['--connections', String(CONNECTIONS), '--deadline-ms', String(OVERLOAD_DEADLINE_MS)],
  ]);
  const memory = processMemory(subject.pid);
  if (memory === undefined) throw new Error(`${subject.name} did not survive the overload`);
  return {
    ...{ capacity, goodput: asked.perSecond, peakMiB: memory.peakMiB },
    ...{ failures: asked.failures, late: asked.late, notSent: asked.notSent },
  };
}
