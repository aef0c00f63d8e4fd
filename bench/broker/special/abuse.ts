import { runProgram } from '../../harness/run-program.ts';
import { commandOf } from '../clients/commands.ts';
import type { LoadResult } from '../clients/load-result.ts';
import { runLoad, type LoadCommand } from '../clients/run-load.ts';
import type { SubjectName } from '../contenders.ts';
import type { AbuseMeasurement, Rounds } from '../measurements.ts';
import type { RunContext } from '../run-context.ts';
import { forgetLog, startSubject } from '../subjects/start-subjects.ts';
import type { Subject } from '../subjects/subject.ts';

const ABUSE_SUBJECTS = ['go', 'native', 'grpc-js'] as const;

/** What the well-behaved client asks for a second: far from what keeps a server busy. */
const HEALTHY_PER_SECOND = 500;
/** Requests that are cancelled at once: ten times what a busy, honest client sends altogether. */
export const RESETS_PER_SECOND = 5000;

const SECONDS = { full: 4, quick: 2 } as const;
const FLOOD_GRACE_MS = 20_000;

/** Measures a client that behaves, alone and beside one that opens and cancels without end. */
export async function measureAbuses(context: RunContext): Promise<Rounds<AbuseMeasurement>> {
  const abuses = new Map<SubjectName, AbuseMeasurement[]>();
  const client = commandOf('light', context.programs);
  if ('missing' in client || 'missing' in context.programs.flood) return abuses;
  for (let round = 1; round <= context.rounds; round += 1) {
    for (const name of ABUSE_SUBJECTS) {
      context.progress(`round ${round} of ${context.rounds}: abuse of ${name}`);
      const subject = await startSubject(name, context.directory, context.programs);
      if ('missing' in subject) continue;
      try {
        const measured = await abuse(subject, client.command, context.programs.flood.path, context);
        abuses.set(name, [...(abuses.get(name) ?? []), measured]);
      } finally {
        await subject.stop();
      }
    }
  }
  return abuses;
}

async function abuse(
  subject: Subject,
  command: LoadCommand,
  flood: string,
  context: RunContext,
): Promise<AbuseMeasurement> {
  const seconds = SECONDS[context.quick ? 'quick' : 'full'];
  const { path, file } = context.warmUpRequest;
  const healthy = async (): Promise<LoadResult> => {
    const result = await runLoad(
      command,
      {
        ...{ socket: subject.socket, path, request: file, inFlight: 100, placement: 'free' },
        ...{ seconds, warmUpSeconds: 1, serverPid: subject.pid },
        more: ['--rate', String(HEALTHY_PER_SECOND)],
      },
      context.cores,
    );
    forgetLog(subject);
    return result;
  };
  const alone = await healthy();
  // It begins with the client's warm-up and ends after its last call.
  const flooded = runProgram(
    [flood, 'reset', subject.socket, path, String(RESETS_PER_SECOND), String(seconds + 2)],
    { what: 'the flood', limitMs: seconds * 1000 + FLOOD_GRACE_MS },
  );
  const [beside, output] = await Promise.all([healthy(), flooded]);
  const { connections } = JSON.parse(output) as { readonly connections: number };
  forgetLog(subject);
  return { aloneP99: alone.p99, besideP99: beside.p99, connections };
}
