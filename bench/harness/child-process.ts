import { fork } from 'node:child_process';

/** What a child says: notes on the way, and at the end a result or why there is none. */
export type ChildMessage<Note, Result> =
  | { readonly kind: 'note'; readonly note: Note }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly message: string };

export interface ChildOptions<Note> {
  /** A module that calls `serveParent`. */
  readonly entry: URL;
  /** What the child is told. */
  readonly job: unknown;
  /** What it does, for messages. */
  readonly what: string;
  /** Whatever takes longer hangs. */
  readonly limitMs: number;
  readonly onNote: (note: Note) => void;
}

const COMPLAINT_LENGTH = 2000;

/** Has a fresh process do a job. Rejects when the job fails, the process dies or the time limit passes. */
export function runChild<Note, Result>(options: ChildOptions<Note>): Promise<Result> {
  const { entry, job, what, limitMs, onNote } = options;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new Error(`${what}: ${reason}`));
    };
    const child = fork(entry, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_LENGTH);
    });
    const timer = setTimeout(() => {
      fail(`no result after ${Math.round(limitMs / 1000)} s`);
      child.kill('SIGKILL');
    }, limitMs);
    child.on('message', (message: ChildMessage<Note, Result>) => {
      if (message.kind === 'note') onNote(message.note);
      else if (message.kind === 'done') resolve(message.result);
      else fail(message.message);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${signal ?? String(code)}\n${complaint}`);
    });
    child.send(job as object);
  });
}
