import { fork } from 'node:child_process';

import type { ClientJob, ClientMessage, FillJob, LoadJob, LoadResult } from './protocol.ts';

const ENTRY = new URL('run-client.ts', import.meta.url);
/** Beyond what the job itself takes; whatever takes this much longer hangs. */
const GRACE_MS = 60_000;
/** A slow disk makes a few hundred keys a second. */
const FILL_MS_PER_KEY = 20;

/** Told when the time that counts begins and ends. */
export interface Watch {
  readonly measuring?: () => void;
  readonly measured?: () => void;
}

/** Measures in a fresh process. Rejects when a request fails, the process dies or the time limit passes. */
export async function measureLoad(job: LoadJob, watch: Watch = {}): Promise<LoadResult> {
  const message = await run(job, job.warmUpMs + job.measureMs + GRACE_MS, watch);
  if (message.kind !== 'load') throw new Error(`no measurement: ${message.kind}`);
  return message.result;
}

/** Makes keys in a fresh process; their identifiers. */
export async function fillKeys(job: FillJob): Promise<readonly string[]> {
  const message = await run(job, job.keys * FILL_MS_PER_KEY + GRACE_MS, {});
  if (message.kind !== 'fill') throw new Error(`no keys: ${message.kind}`);
  return message.uids;
}

function run(job: ClientJob, limitMs: number, watch: Watch): Promise<ClientMessage> {
  return new Promise((resolve, reject) => {
    const child = fork(ENTRY, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    const timer = setTimeout(() => {
      reject(new Error(`no result after ${limitMs / 1000} s`));
      child.kill('SIGKILL');
    }, limitMs);
    child.on('message', (message: ClientMessage) => {
      if (message.kind === 'measuring') watch.measuring?.();
      else if (message.kind === 'measured') watch.measured?.();
      else if (message.kind === 'failed') reject(new Error(message.message));
      else resolve(message);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the client ended with ${signal ?? String(code)}\n${complaint}`));
    });
    child.send(job);
  });
}
