// A process of its own for one measurement: client-process.ts starts it, sends the job, and takes what it says.

import { fill } from './fill.ts';
import { runLoad } from './load.ts';
import type { ClientJob, ClientMessage } from './protocol.ts';

const say = (message: ClientMessage): void => {
  process.send?.(message);
};

async function perform(job: ClientJob): Promise<ClientMessage> {
  try {
    if (job.kind === 'fill') return { kind: 'fill', uids: await fill(job) };
    const result = await runLoad(job, {
      measuring: () => {
        say({ kind: 'measuring' });
      },
      measured: () => {
        say({ kind: 'measured' });
      },
    });
    return { kind: 'load', result };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

process.once('message', (job: ClientJob) => {
  perform(job)
    .then((message) =>
      process.send?.(message, undefined, {}, () => {
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
