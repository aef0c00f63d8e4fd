import { runChild } from '../../harness/child-process.ts';
import { makeFixtures } from '../../harness/make-fixtures.ts';
import type { FixtureName } from '../../trials/fixtures.ts';
import type { StageMeasurement } from '../measurements.ts';
import type { RunContext } from '../run-context.ts';
import type { StagesJob } from './stages-job.ts';

const ENTRY = new URL('run-stages.ts', import.meta.url);
const MILLISECONDS = { full: 1000, quick: 300 } as const;
const LIMIT_MS = 60_000;

const MEASURED: Readonly<Record<'full' | 'quick', readonly FixtureName[]>> = {
  full: [
    ...(['P-256 under P-256', 'P-384 under P-384', 'P-521 under P-521'] as const),
    ...(['RSA-2048 under RSA-2048', 'RSA-3072 under RSA-3072'] as const),
    'RSA-4096 under RSA-4096',
  ],
  quick: ['P-384 under P-384'],
};

/** Measures where the time of a certificate goes, without CA cache, each kind in a process of its own. */
export async function measureStages({
  rounds,
  quick,
  progress,
}: RunContext): Promise<ReadonlyMap<FixtureName, readonly StageMeasurement[]>> {
  const mode = quick ? 'quick' : 'full';
  const names = MEASURED[mode];
  const fixtures = await makeFixtures(new Set(names), Math.floor(Date.now() / 1000));
  const stages = new Map<FixtureName, StageMeasurement[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const [fixture, { csr, caKey, caCertificate }] of fixtures) {
      progress(`round ${round} of ${rounds}: stages of ${fixture}`);
      const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
      const job: StagesJob = {
        ...{ fixture, csr: text(csr), caKey: text(caKey), caCertificate: text(caCertificate) },
        milliseconds: MILLISECONDS[mode],
      };
      const measured = await runChild<never, StageMeasurement>({
        ...{ entry: ENTRY, job, what: `stages of ${fixture}`, limitMs: LIMIT_MS },
        onNote: () => undefined,
      });
      stages.set(fixture, [...(stages.get(fixture) ?? []), measured]);
    }
  }
  return stages;
}
