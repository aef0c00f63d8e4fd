// Writes keys into a vault from several places at once until it kills itself, SIGKILL, at a moment that it was given. Notes
// what it is about to write (`try`) and what the vault has acknowledged (`ack`), each with the row's fingerprint, one line
// each, in a file.
//
//   node vault-writer-main.ts PATH WRITERS CLAIMS LINES
//
// CLAIMS is the file, LINES the number of lines after which it ends itself, with commits under way in the vault's thread.
import { randomInt, randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';

import { SqliteVault } from '../../../src/vault/index.ts';
import {
  auditEntry,
  changed,
  fingerprint,
  keyRow,
  outboxEntry,
  wrappedBytes,
} from '../vault-keys.ts';

const [path = '', writers = '8', claims = '', lines = '1'] = process.argv.slice(2);
const claimsFile = openSync(claims, 'w');
let left = Number(lines);

const vault = await SqliteVault.open({
  path,
  uid: process.getuid?.() ?? 0,
  newVaultId: randomUUID(),
  outboxLimit: 1_000_000,
  minimumFreeBytes: 0,
  monotonic: () => performance.now(),
});
await Promise.all(Array.from({ length: Number(writers) }, write));

async function write(): Promise<never> {
  for (;;) {
    const row = keyRow({ tenant: `tenant-${randomInt(3)}` });
    const { uid } = row;
    const terms = [{ name: 'Name', value: uid }];
    say('try', uid, fingerprint(row));
    await vault.commit({
      insert: [{ row, terms }],
      outbox: [outboxEntry(uid)],
      audit: [auditEntry(uid)],
    });
    say('ack', uid, fingerprint(row));
    if (randomInt(4) > 0) continue;
    const wrapped = wrappedBytes(Buffer.alloc(0));
    const change = changed(row, randomInt(2) === 0 ? { state: 3 } : { state: 5, wrapped }, terms);
    say('try', uid, fingerprint(change.row));
    await vault.commit({ change: [change], shred: randomInt(20) === 0 });
    say('ack', uid, fingerprint(change.row));
  }
}

function say(what: 'try' | 'ack', uid: string, print: string): void {
  // In the page cache, which outlives the process.
  writeSync(claimsFile, `${what} ${uid} ${print}\n`);
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}
