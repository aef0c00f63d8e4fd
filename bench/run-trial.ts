// A process of its own for one trial on one driver: bench/crypto.ts starts it, sends the job, and takes the answer.

import { openDriver } from './drivers.ts';
import { measure } from './harness/measure.ts';
import type { Job, Outcome } from './harness/protocol.ts';
import { trialById } from './trials/index.ts';

async function perform(job: Job): Promise<Outcome> {
  try {
    const provider = await openDriver(job.driver);
    const operation = await trialById(job.trial).prepare(provider, job.fixture);
    const nanoseconds = await measure(operation, job.durations, () => process.hrtime.bigint());
    return { ok: true, nanoseconds, report: provider.report() };
  } catch (error) {
    return {
      ok: false,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

process.once('message', (job: Job) => {
  perform(job)
    .then((outcome) =>
      process.send?.(outcome, undefined, {}, () => {
        process.disconnect();
      }),
    )
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
});
// Without whoever started us there is nobody to answer.
process.once('disconnect', () => {
  process.exit();
});
