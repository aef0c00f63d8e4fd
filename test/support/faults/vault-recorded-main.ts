// A short life of a vault, of which every file operation is written down (see vault-io-shim.c, which must be preloaded),
// with what was begun and what was acknowledged between them.
//
//   node vault-recorded-main.ts PATH
import { randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';

import { SqliteVault, type KeyRow } from '../../../src/vault/index.ts';
import {
  auditEntry,
  changed,
  fingerprint,
  keyRow,
  outboxEntry,
  wrappedBytes,
} from '../vault-keys.ts';

const [path = ''] = process.argv.slice(2);
const WRITERS = 4;
const KEYS = 12;

for (let opening = 1; opening <= 2; opening += 1) {
  const vault = await SqliteVault.open({
    path,
    uid: process.getuid?.() ?? 0,
    newVaultId: randomUUID(),
    outboxLimit: 1000,
    minimumFreeBytes: 0,
    monotonic: () => performance.now(),
  });
  await Promise.all(Array.from({ length: WRITERS }, () => live(vault)));
  await vault.close();
}

async function live(vault: SqliteVault): Promise<void> {
  for (let i = 0; i < KEYS; i += 1) {
    const row = keyRow();
    const { uid } = row;
    mark('try', row);
    await vault.commit({
      insert: [{ row, terms: [{ name: 'Name', value: uid }] }],
      outbox: [outboxEntry(uid)],
      audit: [auditEntry(uid)],
    });
    mark('ack', row);
    if (i % 3 > 0) continue;
    const change = changed(row, { state: 5, wrapped: wrappedBytes(Buffer.alloc(0)) });
    mark('try', change.row);
    // A shredding moves the log into the database, and cuts it off.
    await vault.commit({ change: [change], shred: i % 6 === 0 });
    mark('ack', change.row);
  }
}

function mark(what: 'try' | 'ack', row: KeyRow): void {
  try {
    openSync(`/fault/mark/${what} ${row.uid} ${fingerprint(row)}`, 'r');
  } catch {
    // The shim answers so.
  }
}
