// Fills a small file system with a vault, and looks what it does then. Prints a `FullDiskReport` as JSON.
//
//   node vault-full-disk-main.ts DIRECTORY
//
// DIRECTORY is a mounted file system of a few MiB with nothing in it.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { BrokerError } from '../../../src/errors/index.ts';
import { checkVault, SqliteVault, type KeyRow, type Vault } from '../../../src/vault/index.ts';
import {
  auditEntry,
  changed,
  fingerprint,
  keyRow,
  outboxEntry,
  wrappedBytes,
} from '../vault-keys.ts';

/** What a vault did on one full file system. */
export interface FullDiskStory {
  readonly acknowledged: number;
  /** Code of the first commit that failed. */
  readonly failure: string;
  /** Acknowledged keys that were not there, or were others, while the disk was full and after opening again. */
  readonly missingWhileFull: number;
  readonly missingAtEnd: number;
  /** `trouble` of the facts while it was full, and some time after there was room again. */
  readonly troubleWhileFull: string | undefined;
  readonly troubleAfterwards: string | undefined;
  /** Outcomes, `ok` or a code, of destroying a key and of acknowledging the outbox while it was full. */
  readonly destroyWhileFull: string;
  readonly acknowledgeWhileFull: string;
  /** Outcome of the first new key when there was room again. */
  readonly createAfterwards: string;
  readonly findings: readonly unknown[];
}

export interface FullDiskReport {
  /** Nothing is kept free. */
  readonly unguarded: FullDiskStory;
  /** The guard keeps some free. */
  readonly guarded: FullDiskStory;
  /** Outcome of opening on a file system that can only be read. */
  readonly readOnly: string;
}

const [top = ''] = process.argv.slice(2);
const UID = process.getuid?.() ?? 0;
const MIB = 1024 * 1024;

const report: FullDiskReport = {
  unguarded: await tell('unguarded', 0),
  guarded: await tell('guarded', 5 * MIB),
  readOnly: await openOnReadOnly(),
};
process.stdout.write(JSON.stringify(report));

async function tell(name: string, minimumFreeBytes: number): Promise<FullDiskStory> {
  const directory = join(top, name);
  const path = join(directory, 'vault.db');
  const ballast = join(top, 'ballast');
  writeFileSync(ballast, Buffer.alloc(4 * MIB));
  const vault = await open(path, minimumFreeBytes);
  const rows: KeyRow[] = [];
  const failure = await fill(vault, rows);
  const [victim = keyRow()] = rows;
  const full = {
    failure,
    troubleWhileFull: (await vault.facts()).trouble,
    missingWhileFull: await countMissing(vault, rows),
    acknowledgeWhileFull: await outcome(() => vault.acknowledgeOutbox(1)),
    destroyWhileFull: await outcome(() => destroy(vault, victim)),
  };
  if (full.destroyWhileFull === 'ok') rows.shift();
  rmSync(ballast);
  const createAfterwards = await outcome(() => create(vault, rows));
  // The vault looks by itself whether it is well again, four times a second.
  for (let i = 0; i < 100 && (await vault.facts()).trouble !== undefined; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const troubleAfterwards = (await vault.facts()).trouble;
  await vault.close();
  const again = await open(path, minimumFreeBytes);
  const missingAtEnd = await countMissing(again, rows);
  await again.close();
  const { findings } = checkVault(path, { uid: UID });
  rmSync(directory, { recursive: true });
  return {
    acknowledged: rows.length,
    ...full,
    createAfterwards,
    troubleAfterwards,
    missingAtEnd,
    findings,
  };
}

/** Makes keys, several at a time, until one fails; returns the code of that failure. */
async function fill(vault: Vault, rows: KeyRow[]): Promise<string> {
  for (;;) {
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, () => outcome(() => create(vault, rows))),
    );
    const failure = outcomes.find((code) => code !== 'ok');
    if (failure !== undefined) return failure;
  }
}

async function create(vault: Vault, rows: KeyRow[]): Promise<void> {
  const row = keyRow({ attributes: Buffer.alloc(1000, 'a') });
  const { uid } = row;
  const insert = [{ row, terms: [{ name: 'Name', value: uid }] }];
  await vault.commit({ insert, outbox: [outboxEntry(uid)], audit: [auditEntry(uid)] });
  rows.push(row);
}

async function destroy(vault: Vault, row: KeyRow): Promise<void> {
  const wrapped = wrappedBytes(Buffer.alloc(0));
  await vault.commit({ change: [changed(row, { state: 5, wrapped })], shred: true });
}

async function countMissing(vault: Vault, rows: readonly KeyRow[]): Promise<number> {
  let missing = 0;
  for (const row of rows) {
    const found = await vault.get(row.tenant, row.uid);
    if (found === undefined || fingerprint(found) !== fingerprint(row)) missing += 1;
  }
  return missing;
}

async function outcome(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (error instanceof BrokerError) return error.code;
    throw error;
  }
}

async function openOnReadOnly(): Promise<string> {
  const path = join(top, 'read-only', 'vault.db');
  const vault = await open(path, 0);
  await vault.close();
  execFileSync('mount', ['-o', 'remount,ro', top]);
  return await outcome(async () => {
    await open(path, 0);
  });
}

async function open(path: string, minimumFreeBytes: number): Promise<SqliteVault> {
  return await SqliteVault.open({
    path,
    uid: UID,
    newVaultId: randomUUID(),
    outboxLimit: 1_000_000,
    minimumFreeBytes,
    monotonic: () => performance.now(),
  });
}
