import { processMemory } from '../harness/process-memory.ts';
import { caseId, type Case } from './cases.ts';
import { commandOf } from './clients/commands.ts';
import type { LoadResult } from './clients/load-result.ts';
import { runLoad } from './clients/run-load.ts';
import { contenderId, type ClientName, type Contender, type SubjectName } from './contenders.ts';
import type { CaseMeasurements } from './measurements.ts';
import { placeServer } from './placement.ts';
import { requestId } from './requests.ts';
import type { RunContext } from './run-context.ts';
import { FLOOR_ANSWER_BYTES, FLOOR_REQUEST_BYTES } from './subjects/floor.ts';
import { forgetLog, startSubjects } from './subjects/start-subjects.ts';
import type { Subject } from './subjects/subject.ts';

/** Seconds. V8 compiles what matters of a client of ours within three. */
const TIMES = {
  full: { serverWarmUp: 3, warmUp: 0.5, scriptWarmUp: 3, measure: 1.5 },
  quick: { serverWarmUp: 1, warmUp: 0.25, scriptWarmUp: 1, measure: 0.6 },
} as const;

const WARM_UP_IN_FLIGHT = 50;

export interface CasesResult {
  readonly measured: readonly CaseMeasurements[];
  readonly peaks: ReadonlyMap<SubjectName, readonly number[]>;
  readonly missing: ReadonlyMap<SubjectName | ClientName, string>;
}

/**
 * Runs all rounds of all cases. Every round has fresh servers, warmed before anything is measured. The contenders of a
 * case run back to back, so that they meet the same weather, in every other round in the opposite order.
 */
export async function runCases(cases: readonly Case[], context: RunContext): Promise<CasesResult> {
  const results = new Map(cases.map((one) => [one, new Map<string, LoadResult[]>()]));
  const peaks = new Map<SubjectName, number[]>();
  const missing = new Map<SubjectName | ClientName, string>();
  const names = new Set(
    cases.flatMap(({ contenders }) => contenders.map(({ subject }) => subject)),
  );
  for (let round = 1; round <= context.rounds; round += 1) {
    context.progress(`round ${round} of ${context.rounds}: starting the servers`);
    const subjects = await startSubjects(names, context.directory, context.programs);
    try {
      for (const [name, reason] of subjects.missing) missing.set(name, reason);
      await warmUp([...subjects.byName.values()], context);
      let done = 0;
      for (const [one, byContender] of results) {
        done += 1;
        context.progress(
          `round ${round} of ${context.rounds}, ${done} of ${cases.length}: ${caseId(one)}`,
        );
        const order = round % 2 === 1 ? one.contenders : one.contenders.toReversed();
        for (const contender of order) {
          const subject = subjects.byName.get(contender.subject);
          if (subject === undefined) continue;
          const result = await measure(one, contender, subject, context);
          if ('missing' in result) {
            missing.set(contender.client, result.missing);
            continue;
          }
          const id = contenderId(contender);
          byContender.set(id, [...(byContender.get(id) ?? []), result]);
        }
      }
      for (const { name, pid } of subjects.byName.values()) {
        const memory = processMemory(pid);
        if (memory !== undefined) peaks.set(name, [...(peaks.get(name) ?? []), memory.peakMiB]);
      }
    } finally {
      await subjects.stop();
    }
  }
  const measured = [...results].map(([of, byContender]) => ({ of, byContender }));
  return { measured, peaks, missing };
}

/** Has every server answer as much as it can for a while. */
async function warmUp(subjects: readonly Subject[], context: RunContext): Promise<void> {
  const { serverWarmUp } = TIMES[context.quick ? 'quick' : 'full'];
  for (const subject of subjects) {
    if (subject.name === 'floor') continue;
    const { path, file } = context.warmUpRequest;
    const command = commandOf('light', context.programs);
    if ('missing' in command) return;
    await runLoad(
      command.command,
      {
        ...{ socket: subject.socket, path, request: file, inFlight: WARM_UP_IN_FLIGHT },
        ...{ seconds: serverWarmUp, warmUpSeconds: 0, serverPid: subject.pid, placement: 'free' },
      },
      context.cores,
    );
    forgetLog(subject);
  }
}

async function measure(
  { request: spec, inFlight, placement }: Case,
  { client }: Contender,
  subject: Subject,
  context: RunContext,
): Promise<LoadResult | { readonly missing: string }> {
  const command = commandOf(client, context.programs);
  if ('missing' in command) return command;
  const request = context.requests.get(requestId(spec));
  if (request === undefined) throw new RangeError(`no request ${requestId(spec)}`);
  const times = TIMES[context.quick ? 'quick' : 'full'];
  const raw = subject.name === 'floor';
  if (raw && request.bytes !== FLOOR_REQUEST_BYTES)
    throw new RangeError('not what the floor reads');
  await placeServer(subject.pid, placement, context.cores);
  try {
    return await runLoad(
      command.command,
      {
        ...{ socket: subject.socket, path: raw ? '' : request.path, request: request.file },
        ...{ inFlight, placement, serverPid: subject.pid, seconds: times.measure },
        warmUpSeconds: command.script ? times.scriptWarmUp : times.warmUp,
        more: [
          ...(raw ? ['--raw-answer', String(FLOOR_ANSWER_BYTES)] : []),
          ...(client === 'light' && !raw ? checks(request) : []),
        ],
      },
      context.cores,
    );
  } catch (error) {
    // A build without the native client is a build with one client less.
    if (client !== 'client-native' || !String(error).includes('ADDON_UNUSABLE')) throw error;
    return { missing: 'the addon of this build has none' };
  } finally {
    forgetLog(subject);
  }
}

function checks(request: { readonly contains?: string; readonly sameAnswers: boolean }): string[] {
  return [
    ...(request.contains === undefined ? [] : ['--contains', request.contains]),
    ...(request.sameAnswers ? ['--same-answers'] : []),
  ];
}
