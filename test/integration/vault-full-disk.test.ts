import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { announceSkip } from '../support/environment.ts';
import type { FullDiskReport } from '../support/faults/vault-full-disk-main.ts';
import { ROOT, runProgram } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';

const MAIN = join(ROOT, 'test', 'support', 'faults', 'vault-full-disk-main.ts');

/** Mounts a small file system that nobody else sees, and runs the rest of the command line. */
const SMALL_DISK = 'mount -t tmpfs -o size=20m,mode=0700 tmpfs "$1"; shift; exec "$@"';

/** A command line's beginning that gives it a mount namespace of its own; undefined where the kernel allows none. */
const NAMESPACE = [[], ['--map-root-user']]
  .map((user) => ['unshare', '--mount', '--propagation', 'private', ...user])
  .find(([file = '', ...args]) => spawnSync(file, [...args, 'true']).status === 0);

describe('a file system that is full', () => {
  it('refuses new keys, serves the others, and takes new ones when there is room again', async (context) => {
    if (NAMESPACE === undefined) {
      announceSkip('a vault on a full disk', 'run the tests as root, or allow user namespaces');
      context.skip();
    }
    const directory = scratchDirectory();
    const [file = '', ...args] = NAMESPACE ?? [];
    const shell = ['/bin/sh', '-ec', SMALL_DISK, 'sh', directory];
    const { exit, out, error } = await runProgram([
      ...([file, ...args] as const),
      ...[...shell, process.execPath, MAIN, directory],
    ]);
    expect(`${exit}${error}`).toBe('0');
    const report = JSON.parse(out.toString()) as FullDiskReport;

    for (const story of [report.unguarded, report.guarded]) {
      expect(story).toMatchObject({
        failure: 'VAULT_DISK_FULL',
        troubleWhileFull: 'VAULT_DISK_FULL',
        missingWhileFull: 0,
        createAfterwards: 'ok',
        missingAtEnd: 0,
        findings: [],
      });
      expect(story.troubleAfterwards).toBeUndefined();
      expect(story.acknowledged).toBeGreaterThan(500);
    }
    // What is kept free is for what must not fail.
    expect(report.guarded).toMatchObject({ acknowledgeWhileFull: 'ok', destroyWhileFull: 'ok' });
    expect(report.readOnly).toBe('VAULT_UNUSABLE');
  });
});
