import { runChild } from '../../harness/child-process.ts';
import type { FillJob, LoadJob, LoadNote, LoadResult } from './protocol.ts';

const LOAD = new URL('run-load.ts', import.meta.url);
const FILL = new URL('run-fill.ts', import.meta.url);
/** Beyond what the job itself takes; whatever takes this much longer hangs. */
const GRACE_MS = 60_000;
/** A slow disk makes a few hundred keys a second. */
const FILL_MS_PER_KEY = 20;

/** Measures in a fresh process. Rejects when a request fails, the process dies or the time limit passes. */
export function measureLoad(job: LoadJob, onNote: (note: LoadNote) => void): Promise<LoadResult> {
  const limitMs = job.warmUpMs + job.measureMs + GRACE_MS;
  return runChild({ entry: LOAD, job, what: `load of ${job.request}`, limitMs, onNote });
}

/** Makes keys in a fresh process; their identifiers. */
export function fillKeys(job: FillJob): Promise<readonly string[]> {
  const limitMs = job.keys * FILL_MS_PER_KEY + GRACE_MS;
  return runChild({ entry: FILL, job, what: 'making keys', limitMs, onNote: () => undefined });
}
