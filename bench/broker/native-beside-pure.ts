import type { ProviderReport } from '../../src/crypto/provider.ts';
import type { Comparison } from '../harness/compare.ts';
import { runTrials } from '../harness/run-trials.ts';
import { TRIALS } from '../trials/index.ts';
import { trialId } from '../trials/trial.ts';

/** Trials of bench:crypto that the whole is to be read beside: what the original publishes, and what is promised. */
const SHOWN = [
  /^digests\/.* 64 B hex$/,
  /^certificates\/P-(256 under P-256|521 under P-521), one at a time$/,
  /^certificates\/P-521 under RSA-4096, one at a time$/,
  /^key-wrap\/AES-256 KW (wrap|unwrap) 32 B$/,
  /^methods\//,
];
const SHOWN_QUICKLY = [/^digests\/(sha-256|sha3-512) 64 B hex$/, /^methods\//];

export interface NativeBesidePure {
  readonly comparisons: readonly Comparison[];
  readonly native: ProviderReport;
}

/** Measures provider and methods inside a process, native beside pure. */
export function measureNativeBesidePure(
  options: { readonly rounds: number; readonly quick: boolean },
  progress: (text: string) => void,
): Promise<NativeBesidePure> {
  const shown = options.quick ? SHOWN_QUICKLY : SHOWN;
  const trials = TRIALS.filter((trial) => shown.some((one) => one.test(trialId(trial))));
  return runTrials(trials, options, (total) => {
    let done = 0;
    return {
      begin: ({ trial, driver }) => {
        progress(`${done + 1} of ${total}: ${trialId(trial)} on ${driver}`);
      },
      finish: () => {
        done += 1;
      },
    };
  });
}
