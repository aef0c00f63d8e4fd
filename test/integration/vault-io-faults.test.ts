import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { longRun } from '../support/environment.ts';
import type { FaultReport } from '../support/faults/vault-faults-main.ts';
import { ROOT, runProgram } from '../support/programs.ts';

const FAULTS = join(ROOT, 'test', 'support', 'faults');
const SCRATCH = mkdtempSync(join(tmpdir(), 'cryptobroker-test-'));
const SHIM = join(SCRATCH, 'vault-io-shim.so');
const LIMIT_MS = 300_000;

interface Campaign {
  readonly name: string;
  /** Arguments of vault-faults-main.ts after the directory. */
  readonly args: readonly string[];
  readonly reads?: boolean;
}

/** Every operation fails once, one half of them alone, the other with all that come after it. */
const SHORT: readonly Campaign[] = [
  { name: 'one fails (EIO)', args: ['once', 'EIO', 'stay', '1', '2'] },
  { name: 'one fails and all after it (ENOSPC)', args: ['lasting', 'ENOSPC', 'close', '2', '2'] },
];

/** Every operation fails in every way. */
const LONG: readonly Campaign[] = ['once', 'lasting'].flatMap((duration) =>
  ['EIO', 'ENOSPC'].flatMap((error) =>
    ['stay', 'close'].map((end) => ({
      name: `${duration} (${error}), then ${end}`,
      args: [duration, error, end],
    })),
  ),
);
const READS: Campaign = { name: 'a read fails', args: ['once', 'EIO', 'stay'], reads: true };

/** Runs a campaign in a process of its own, in which the shim is preloaded. */
async function run({ name, args, reads = false }: Campaign): Promise<FaultReport> {
  const directory = join(SCRATCH, name.replaceAll(/\W+/g, '-'));
  mkdirSync(directory, { mode: 0o700 });
  const program = [process.execPath, join(FAULTS, 'vault-faults-main.ts'), directory] as const;
  const env = {
    PATH: '/usr/bin:/bin',
    LD_PRELOAD: SHIM,
    VAULT_FAULT_DIR: directory,
    ...(reads ? { VAULT_FAULT_READS: '1' } : {}),
  };
  const { exit, out, error } = await runProgram([...program, ...args], {
    env,
    timeoutMs: LIMIT_MS,
  });
  if (exit !== 0) throw new Error(`${name}: it ended with ${exit}:\n${error}`);
  return JSON.parse(out.toString()) as FaultReport;
}

describe('a file operation that fails', () => {
  beforeAll(() => {
    const source = join(FAULTS, 'vault-io-shim.c');
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', SHIM, source, '-ldl', '-lpthread']);
  });

  afterAll(() => {
    rmSync(SCRATCH, { recursive: true, force: true });
  });

  const campaigns = longRun ? [...LONG, READS] : SHORT;
  // Two at a time: each waits half of its time for threads that start.
  it.concurrent.each(campaigns)(
    'loses nothing that was acknowledged, and the vault goes on: $name',
    { timeout: LIMIT_MS * campaigns.length },
    async (campaign) => {
      const { operations, endings, wrong } = await run(campaign);
      expect(wrong).toEqual([]);
      expect(operations).toBeGreaterThan(50);
      // The faults have reached the opening and the commits.
      expect(endings['refused to open']).toBeGreaterThan(5);
      expect(endings['failed commits']).toBeGreaterThan(5);
    },
  );
});
