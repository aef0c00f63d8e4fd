import { runChild } from '../../harness/child-process.ts';
import type { LookupMeasurements } from '../measurements.ts';
import type { LookupJob, LookupResult } from './protocol.ts';

const ENTRY = new URL('run-lookup.ts', import.meta.url);
/** A slow disk makes a few hundred keys a second; beyond twice that it hangs. */
const MS_PER_KEY = 5;
const GRACE_MS = 120_000;

/** Measures reads at every size in a fresh process. Rejects when it fails or hangs. */
export async function measureLookups(
  job: LookupJob,
  progress: (text: string) => void,
): Promise<readonly LookupMeasurements[]> {
  const { sizes, rounds, measureMs } = job;
  const keys = sizes.reduce((sum, size) => sum + size, 0);
  const results = await runChild<string, readonly LookupResult[]>({
    ...{ entry: ENTRY, job, what: 'reads from vaults', onNote: progress },
    limitMs: GRACE_MS + keys * MS_PER_KEY + sizes.length * rounds * measureMs,
  });
  return sizes.map((size) => {
    const ofSize = results.filter((result) => result.keys === size);
    return { keys: size, p50: ofSize.map(({ p50 }) => p50), p99: ofSize.map(({ p99 }) => p99) };
  });
}
