import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import type { BenchRecord } from '../../../../bench/report/record.ts';
import { announceSkip } from '../../../support/environment.ts';

const path = (from: string): string =>
  fileURLToPath(new URL(`../../../../${from}`, import.meta.url));
const RUN_MS = 180_000;
const directory = mkdtempSync(join(tmpdir(), 'bench-whole-run-'));

/** Of every process that runs now. */
function commandLines(): readonly string[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/cmdline`, 'utf8')] : [];
    } catch {
      return [];
    }
  });
}

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const built = existsSync(path('dist/bin/cryptobroker.js'));
if (!built) announceSkip('a whole run of the bench', 'node scripts/setup.mjs compiles the server');

describe.skipIf(!built)('a whole run of the bench', () => {
  const nghttp2 = spawnSync(
    process.execPath,
    [path('scripts/build-deps.mjs'), '--print-dir', 'nghttp2'],
    { encoding: 'utf8', timeout: RUN_MS },
  ).stdout.trim();
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [path('bench/broker.ts'), '--nghttp2', nghttp2, ...args], {
      encoding: 'utf8',
      timeout: RUN_MS,
    });

  it(
    'measures a case, writes every kind of report and leaves nothing behind',
    { timeout: RUN_MS },
    () => {
      const json = join(directory, 'bench.json');
      const markdown = join(directory, 'performance.md');
      const page = join(directory, 'bench.html');
      writeFileSync(markdown, '# Kept\n\n<!-- begin bench -->\n<!-- end bench -->\n');
      const { status, stdout, stderr } = run(
        ...['--quick', '--only', 'health/one at a time, no log*'],
        ...['--json', json, '--markdown', markdown, '--html', page],
      );
      expect(status, stderr).toBe(0);
      expect(stdout).toContain('environment');
      const records = JSON.parse(readFileSync(json, 'utf8')) as readonly BenchRecord[];
      const document = readFileSync(markdown, 'utf8');
      expect(document).toMatch(/^# Kept\n/);
      expect(readFileSync(page, 'utf8')).toContain('</html>');
      if (stderr.includes('NOT MEASURED')) {
        announceSkip('figures of a whole run', stderr.trim());
      } else {
        expect(records).toContainEqual(
          expect.objectContaining({
            bench: 'broker',
            unit: 'req/s',
            subject: 'broker, native, no log',
          }),
        );
        expect(document).toContain('### health: throughput');
      }
      expect(
        commandLines().filter((line) => /cryptobroker-bench-\w{6}\/native-quiet/.test(line)),
      ).toEqual([]);
    },
  );

  it(
    'refuses a file that cannot be written before it measures anything',
    { timeout: RUN_MS },
    () => {
      const { status, stderr } = run('--quick', '--json', '/no/such/directory/bench.json');
      expect(status).toBe(2);
      expect(stderr).toContain('cannot be written');
    },
  );
});
