import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { connect, quickCheck } from '../../src/sqlite/index.ts';
import { Reader } from '../../src/vault/sqlite/reader/reader.ts';
import { longRun } from '../support/environment.ts';
import { afterPowerCut, readRecord, type DiskEvent } from '../support/faults/recorded-disk.ts';
import { ROOT, runProgram } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { fingerprint } from '../support/vault-keys.ts';

const FAULTS = join(ROOT, 'test', 'support', 'faults');
const CUTS = longRun ? 10_000 : 500;

/** Runs the recorded life in a directory of its own. */
async function record(): Promise<{ path: string; events: readonly DiskEvent[] }> {
  const scratch = scratchDirectory();
  const shim = join(scratch, 'shim.so');
  const source = join(FAULTS, 'vault-io-shim.c');
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', shim, source, '-ldl', '-lpthread']);
  const path = join(scratch, 'disk', 'vault', 'vault.db');
  mkdirSync(join(scratch, 'disk'));
  const file = join(scratch, 'record');
  const { exit, error } = await runProgram(
    [process.execPath, join(FAULTS, 'vault-recorded-main.ts'), path],
    {
      env: {
        PATH: '/usr/bin:/bin',
        LD_PRELOAD: shim,
        VAULT_FAULT_DIR: join(scratch, 'disk'),
        VAULT_FAULT_RECORD: file,
      },
    },
  );
  expect(`${exit}${error}`).toBe('0');
  return { path, events: readRecord(file) };
}

/** What the program had said of each key before the cut: the row that was acknowledged last, and those begun since. */
function claimsOf(
  events: readonly DiskEvent[],
): ReadonlyMap<string, readonly (string | undefined)[]> {
  const claims = new Map<string, (string | undefined)[]>();
  for (const event of events) {
    if (event.kind !== 'mark') continue;
    const [what, uid = '', print = ''] = event.text.split(' ');
    if (what === 'ack') claims.set(uid, [print]);
    else claims.set(uid, [...(claims.get(uid) ?? [undefined]), print]);
  }
  return claims;
}

/** Small, fast and the same in every run, so that a failure can be repeated: xorshift32. */
function randomness(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Puts the files of a cut disk into a fresh directory; returns the path of the vault. */
function layOut(files: ReadonlyMap<string, Buffer>, directory: string): string {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  for (const [path, bytes] of files) {
    // The index of the log is rebuilt from the log: it does not live on the disk.
    if (!path.endsWith('-shm')) writeFileSync(join(directory, basename(path)), bytes);
  }
  return join(directory, 'vault.db');
}

describe('a power cut', () => {
  it(
    `loses no acknowledged key, at ${CUTS} moments, whatever of the rest the disk has kept`,
    { timeout: 60_000 + CUTS * 200 },
    async () => {
      const { path, events } = await record();
      const directory = join(dirname(dirname(path)), 'cut');
      const firstAcknowledgement = events.findIndex(
        (event) => event.kind === 'mark' && event.text.startsWith('ack'),
      );
      expect(firstAcknowledgement).toBeGreaterThan(0);
      let acknowledged = 0;
      for (let cut = 1; cut <= CUTS; cut += 1) {
        const random = randomness(cut * 7919);
        const end = Math.floor(random() * events.length) + 1;
        // Nothing of it, all of it, or something between.
        const share = [0, 1, 0.5, 0.95][cut % 4] ?? 0;
        const before = events.slice(0, end);
        const files = afterPowerCut(before, () => random() < share);
        const claims = claimsOf(before);
        const name = `cut ${cut}, after event ${end} of ${events.length}`;
        const copy = layOut(files, directory);
        if (end <= firstAcknowledgement) continue;
        const connection = connect(copy, { busyTimeoutMs: 0 });
        quickCheck(connection, 'vault');
        const reader = new Reader(copy);
        for (const [uid, prints] of claims) {
          const row = reader.get('tenant-a', uid);
          expect(prints, name).toContain(row === undefined ? undefined : fingerprint(row));
          if (!prints.includes(undefined)) acknowledged += 1;
        }
        reader.close();
        connection.close();
      }
      expect(acknowledged).toBeGreaterThan(CUTS);
    },
  );
});
