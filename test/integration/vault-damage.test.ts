import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { checkDefinitions, connect, quickCheck } from '../../src/sqlite/index.ts';
import { checkVault, type KeyRow } from '../../src/vault/index.ts';
import { VAULT_SCHEMA } from '../../src/vault/sqlite/schema.ts';
import { Reader } from '../../src/vault/sqlite/reader/reader.ts';
import { longRun } from '../support/environment.ts';
import { expectFailure } from '../support/failures.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { auditEntry, fingerprint, inHex, newKey, outboxEntry } from '../support/vault-keys.ts';
import { openVault, UID, vaultPath } from '../support/vaults.ts';

const FLIPS = longRun ? 10_000 : 250;

/** A vault of 80 keys, closed. */
async function makeVault(path: string): Promise<readonly KeyRow[]> {
  const vault = await openVault({ path });
  const keys = Array.from({ length: 80 }, (_, i) =>
    newKey({}, [{ name: 'Name', value: `key ${i}` }]),
  );
  await vault.commit({
    insert: keys,
    outbox: keys.slice(0, 20).map(({ row }) => outboxEntry(row.uid)),
    audit: keys.map(({ row }) => auditEntry(row.uid)),
  });
  await vault.close();
  return keys.map(({ row }) => row);
}

/** Who notices a flipped bit first. */
type Notice =
  | 'the check at start'
  | 'the check'
  | 'the MAC of a row'
  | 'the Core, to which an outbox entry goes'
  | 'nobody: it is of no use';

/** Looks at a damaged file as start, check and Get do. */
function noticeOf(path: string, rows: readonly KeyRow[], soundOutbox: string): Notice {
  const sound = checkVault(path, { uid: UID }).sound;
  if (!passesAtStart(path)) {
    expect(sound, 'the check finds what the check at start finds').toBe(false);
    return 'the check at start';
  }
  if (!sound) return 'the check';
  const reader = new Reader(path);
  const found = rows.map((row) => reader.get(row.tenant, row.uid));
  const outbox = JSON.stringify(inHex(reader.outbox(100)));
  reader.close();
  if (found.every((row, i) => row !== undefined && fingerprint(row) === printOf(rows[i]))) {
    return outbox === soundOutbox
      ? 'nobody: it is of no use'
      : 'the Core, to which an outbox entry goes';
  }
  for (const [i, row] of found.entries()) {
    // A key that is no longer found is something that only a check can notice: it must have.
    if (row === undefined) throw new Error('a key is not found, and nothing has noticed');
    if (fingerprint(row) === printOf(rows[i])) continue;
    expect(underMac(row), 'what the MAC covers is changed').not.toEqual(underMac(rows[i]));
  }
  return 'the MAC of a row';
}

function passesAtStart(path: string): boolean {
  try {
    const connection = connect(path, { readonly: true, busyTimeoutMs: 0 });
    try {
      quickCheck(connection, 'vault');
      checkDefinitions(connection, VAULT_SCHEMA, 'vault');
      return true;
    } finally {
      connection.close();
    }
  } catch {
    return false;
  }
}

const printOf = (row: KeyRow | undefined): string | undefined =>
  row === undefined ? undefined : fingerprint(row);

/** The row without what its MAC does not cover. */
function underMac(row: KeyRow | undefined): unknown {
  return inHex({ ...row, id: undefined, quarantine: undefined });
}

describe('a bit that is flipped in the file', () => {
  it(`is noticed wherever it matters, at ${FLIPS} places`, { timeout: FLIPS * 200 }, async () => {
    const path = vaultPath();
    const rows = await makeVault(path);
    const sound = readFileSync(path);
    const reader = new Reader(path);
    const outbox = JSON.stringify(inHex(reader.outbox(100)));
    reader.close();
    // Evenly over the whole file, each of the eight bits in turn.
    const stride = Math.floor((sound.length * 8) / FLIPS) | 1;
    const counts = new Map<Notice, number>();
    for (let bit = 5; bit < sound.length * 8; bit += stride) {
      const bytes = Buffer.from(sound);
      const byte = bit >>> 3;
      bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << (bit & 7)), byte);
      writeFileSync(path, bytes);
      const notice = noticeOf(path, rows, outbox);
      counts.set(notice, (counts.get(notice) ?? 0) + 1);
    }
    console.info(`flipped bits are noticed by: ${JSON.stringify(Object.fromEntries(counts))}`);
    expect(counts.get('the check')).toBeGreaterThan(0);
    expect(counts.get('the MAC of a row')).toBeGreaterThan(0);
  });
});

describe('a page that is overwritten while the vault is open', () => {
  it('makes reads of its rows fail, and leaves the others', async () => {
    const path = vaultPath();
    const rows = await makeVault(path);
    const copy = join(scratchDirectory(), 'gateway.db');
    const bytes = readFileSync(path);
    const [victim] = rows;
    const page = Math.floor(bytes.indexOf(Buffer.from(victim?.mac ?? [])) / 4096);
    bytes.fill(0xff, page * 4096, page * 4096 + 100);
    copyFileSync(path, copy);
    writeFileSync(copy, bytes);
    const reader = new Reader(copy);
    await expectFailure(() => reader.get('tenant-a', victim?.uid ?? ''), 'VAULT_DAMAGED');
    const last = rows.at(-1);
    expect(printOf(reader.get('tenant-a', last?.uid ?? ''))).toBe(printOf(last));
    reader.close();
  });
});
