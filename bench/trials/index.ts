import { certificateTrials } from './certificates.ts';
import { digestTrials } from './digests.ts';
import { keyWrapTrials } from './key-wrap.ts';
import { methodTrials } from './methods.ts';
import { trialId, type Trial } from './trial.ts';

/** Every trial, in the order they are shown. */
export const TRIALS: readonly Trial[] = [
  ...digestTrials,
  ...certificateTrials,
  ...keyWrapTrials,
  ...methodTrials,
];

/** The trial with this `group/name`. Throws RangeError when there is none. */
export function trialById(id: string): Trial {
  const trial = TRIALS.find((candidate) => trialId(candidate) === id);
  if (trial === undefined) throw new RangeError(`no trial ${id}`);
  return trial;
}
