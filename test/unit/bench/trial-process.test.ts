import { describe, expect, it } from 'vitest';

import { runInProcess } from '../../../bench/harness/trial-process.ts';

const job = {
  trial: 'digests/sha-256 64 B hex',
  driver: 'pure',
  durations: { warmUp: 1, measurement: 1 },
  fixture: undefined,
} as const;

describe('a trial in a process of its own', () => {
  it('gives a time and says which provider answered', async () => {
    const { nanoseconds, report } = await runInProcess(job);
    expect(nanoseconds).toBeGreaterThan(0);
    expect(report).toMatchObject({ provider: 'pure', fips: 'off' });
  });

  it('fails with the name of the trial when it cannot be prepared', async () => {
    const trial = 'certificates/P-256 under P-256, one at a time';
    await expect(runInProcess({ ...job, trial })).rejects.toThrow(
      /^certificates\/P-256 under P-256, one at a time on pure: .*needs a CA and a request/,
    );
  });

  it('fails when there is no such trial', async () => {
    await expect(runInProcess({ ...job, trial: 'digests/md5' })).rejects.toThrow(
      'no trial digests/md5',
    );
  });
});
