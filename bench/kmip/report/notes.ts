import { trialTitle, type SubjectName } from '../cases.ts';
import type { TrialMeasurements } from '../measurements.ts';
import type { Row } from '../../report/row.ts';

/** What a reader has to know beside the tables. */
export function notes(
  trials: readonly TrialMeasurements[],
  rows: readonly Row[],
  missing: ReadonlyMap<SubjectName, string>,
  rounds: number,
): readonly string[] {
  const judged = rows.flatMap(({ verdict }) => verdict ?? []);
  const met = judged.filter((verdict) => verdict.met).length;
  return [
    `${met} of ${judged.length} targets met.`,
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, each in a client process of its own; a ratio above 1 says ` +
      'that the Gateway is the better.',
    ...(rounds < 3 ? ['Fewer than 3 rounds: an impression, not figures to publish.'] : []),
    ...[...missing].map(([name, reason]) => `NOT MEASURED: ${name} (${reason}).`),
    'The Gateway makes every key durable, wraps it, writes it to its audit and registers it with a Core on this machine ' +
      'while it is measured; kmip-go keeps keys in a map.',
    ...trials.flatMap(backlogNote),
  ];
}

/** Keys that the Core did not know yet when the load ended: the price of not waiting for it. */
function backlogNote({ trial, bySubject }: TrialMeasurements): readonly string[] {
  const measured = bySubject.get('gateway') ?? [];
  const most = Math.max(0, ...measured.map(({ backlog }) => backlog ?? 0));
  if (trial.perSecond !== undefined || !trial.request.startsWith('create') || most === 0) return [];
  const core = Math.round(measured.reduce((sum, { cpu }) => sum + (cpu['core'] ?? 0), 0));
  return [
    `${trialTitle(trial)}: at most ${most} keys waited for the Core when it ended, which used ` +
      `${Math.round(core / measured.length)} us of processor time a request.`,
  ];
}
