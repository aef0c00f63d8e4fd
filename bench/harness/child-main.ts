import type { ChildMessage } from './child-process.ts';

/** What a child does; it may say things on the way. */
export type Work<Job, Note, Result> = (job: Job, note: (note: Note) => void) => Promise<Result>;

/** The body of a process that `runChild` has started: does the one job it is sent, answers, and ends. */
export function serveParent<Job, Note, Result>(perform: Work<Job, Note, Result>): void {
  const say = (message: ChildMessage<Note, Result>, sent?: () => void): void => {
    process.send?.(message, undefined, {}, sent);
  };
  process.once('message', (job: Job) => {
    perform(job, (note) => {
      say({ kind: 'note', note });
    })
      .then(
        (result): ChildMessage<Note, Result> => ({ kind: 'done', result }),
        (error: unknown): ChildMessage<Note, Result> => ({
          kind: 'failed',
          message: error instanceof Error ? error.message : String(error),
        }),
      )
      .then((message) => {
        say(message, () => {
          process.disconnect();
        });
      })
      .catch((error: unknown) => {
        console.error(error);
        process.exitCode = 1;
      });
  });
  // Without whoever started us there is nobody to answer.
  process.once('disconnect', () => {
    process.exit();
  });
}
