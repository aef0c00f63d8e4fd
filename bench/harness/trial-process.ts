import { fork } from 'node:child_process';

import type { Job, Outcome } from './protocol.ts';

const ENTRY = new URL('../run-trial.ts', import.meta.url);
/** The slowest trial needs about five seconds; whatever takes this long hangs. */
const LIMIT_MS = 120_000;

type Success = Extract<Outcome, { readonly ok: true }>;

/**
 * Runs one trial on one driver in a process of its own, which ends with its answer, or soon after we disappear. Rejects
 * when the trial fails, the process dies or the time limit passes.
 */
export function runInProcess(job: Job): Promise<Success> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      reject(new Error(`${job.trial} on ${job.driver}: ${what}`));
    };
    const child = fork(ENTRY, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    const timer = setTimeout(() => {
      fail(`no result after ${LIMIT_MS / 1000} s`);
      child.kill('SIGKILL');
    }, LIMIT_MS);
    let outcome: Outcome | undefined;
    child.once('message', (message: Outcome) => {
      outcome = message;
    });
    child.once('error', reject);
    // Not before it is gone: the next process must have the machine to itself.
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (outcome?.ok === true) resolve(outcome);
      else if (outcome?.ok === false) fail(outcome.message);
      else fail(`the process ended by ${signal ?? `exit code ${code ?? 'unknown'}`}\n${complaint}`);
    });
    child.send(job);
  });
}
