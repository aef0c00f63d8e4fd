import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connect } from '../../../src/sqlite/index.ts';
import {
  backupVault,
  checkVault,
  restoreVault,
  type VaultReport,
} from '../../../src/vault/index.ts';
import { VAULT_SCHEMA } from '../../../src/vault/sqlite/schema.ts';
import { expectFailure } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { auditEntry, inHex, newKey, outboxEntry } from '../../support/vault-keys.ts';
import { openVault, UID, vaultPath } from '../../support/vaults.ts';

const KEYS = Array.from({ length: 30 }, (_, i) =>
  newKey({ service: i % 2 === 0 ? 'payments' : 'billing' }, [{ name: 'Name', value: `k${i}` }]),
);

const TEMPLATE = mkdtempSync(join(tmpdir(), 'cryptobroker-test-'));

/** A vault with a few keys, outbox and audit entries, closed. */
beforeAll(async () => {
  const vault = await openVault({ path: join(TEMPLATE, 'vault', 'gateway.db') });
  await vault.commit({
    insert: KEYS,
    outbox: KEYS.map(({ row }) => outboxEntry(row.uid)),
    audit: KEYS.map(({ row }) => auditEntry(row.uid)),
    quarantine: KEYS.slice(0, 2).map(({ row }) => ({ ...row, reason: 'test' })),
  });
  await vault.acknowledgeOutbox(10);
  await vault.close();
});

afterAll(() => {
  rmSync(TEMPLATE, { recursive: true });
});

/** A copy of it for this test. */
function makeVault(path = vaultPath()): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  copyFileSync(join(TEMPLATE, 'vault', 'gateway.db'), path);
  return path;
}

/** Edits a vault as somebody could who has the file. */
function edit(path: string, sql: string): void {
  const connection = connect(path, { busyTimeoutMs: 0 });
  connection.exec(sql);
  connection.close();
}

const NEW_ID = '0f0e0d0c-0b0a-4908-8706-050403020100';

const check = (path: string): VaultReport => checkVault(path, { uid: UID });
const kinds = (report: VaultReport): string[] => [
  ...new Set(report.findings.map((finding) => finding.kind)),
];

describe('a backup', () => {
  it('holds what the vault held, in a file of our own, while the vault goes on', async () => {
    const path = vaultPath();
    const vault = await openVault({ path });
    await vault.commit({ insert: KEYS });
    const target = join(scratchDirectory(), 'backup.db');
    const writing = Promise.all(KEYS.map(() => vault.commit({ insert: [newKey()] })));
    const report = backupVault(path, target);
    await writing;
    const { vaultId } = await vault.facts();
    expect(report).toMatchObject({ vaultId, generation: 1, keys: 30 });
    expect(report.bytes).toBe(statSync(target).size);
    expect((statSync(target).mode & 0o777).toString(8)).toBe('600');
    expect(readdirSync(dirname(target))).toEqual(['backup.db']);
    await vault.close();

    const restored = vaultPath();
    restoreVault(target, restored, { uid: UID, newVaultId: NEW_ID });
    const again = await openVault({ path: restored });
    for (const { row } of KEYS) {
      expect(inHex(await again.get(row.tenant, row.uid))).toEqual(inHex(row));
    }
    expect(await again.facts()).toMatchObject({ vaultId: NEW_ID, keys: 30 });
    await again.close();
    expect(check(restored)).toMatchObject({ sound: true });
  });

  it('is told from the vault by its id, and a copy by hand by its generation', async () => {
    const path = makeVault();
    const seen: number[] = [];
    let original = '';
    for (let i = 0; i < 2; i += 1) {
      const vault = await openVault({ path });
      const facts = await vault.facts();
      seen.push(facts.generation);
      original = facts.vaultId;
      await vault.close();
    }
    expect(seen).toEqual([2, 3]);
    const restored = vaultPath();
    const target = join(scratchDirectory(), 'backup.db');
    expect(backupVault(path, target)).toMatchObject({ generation: 3 });
    restoreVault(target, restored, { uid: UID, newVaultId: NEW_ID });
    const copy = await openVault({ path: restored });
    expect(await copy.facts()).toMatchObject({ generation: 1, vaultId: NEW_ID });
    await copy.close();
    const byHand = vaultPath();
    mkdirSync(dirname(byHand), { recursive: true, mode: 0o700 });
    copyFileSync(target, byHand);
    const copied = await openVault({ path: byHand });
    expect(await copied.facts()).toMatchObject({ generation: 1, vaultId: original });
    await copied.close();
  });

  it('goes on with the audit chain of the vault it was made of, over and over', async () => {
    let path = makeVault();
    for (const newVaultId of [NEW_ID, 'ffffffff-0b0a-4908-8706-050403020100']) {
      const target = join(scratchDirectory(), 'backup.db');
      backupVault(path, target);
      path = vaultPath();
      restoreVault(target, path, { uid: UID, newVaultId });
      const vault = await openVault({ path });
      const key = newKey();
      await vault.commit({ insert: [key], audit: [auditEntry(key.row.uid)] });
      await vault.close();
      expect(kinds(check(path))).toEqual([]);
    }
    edit(path, "UPDATE audit SET actor = 'somebody else' WHERE sequence = 1");
    expect(kinds(check(path))).toEqual(['audit']);
  });

  it('replaces nothing', async () => {
    const path = makeVault();
    const target = join(scratchDirectory(), 'backup.db');
    writeFileSync(target, 'mine');
    await expectFailure(() => backupVault(path, target), 'VAULT_BACKUP_EXISTS');
    expect(readFileSync(target, 'utf8')).toBe('mine');
    const link = join(dirname(target), 'link.db');
    symlinkSync(join(dirname(target), 'nowhere'), link);
    await expectFailure(() => backupVault(path, link), 'VAULT_BACKUP_EXISTS');
    expect(readdirSync(dirname(target)).toSorted()).toEqual(['backup.db', 'link.db']);
  });

  it('is not made of a damaged vault, of nothing, or of something else', async () => {
    const path = makeVault();
    const target = join(scratchDirectory(), 'backup.db');
    const bytes = readFileSync(path);
    bytes.fill(0xa5, bytes.length - 4096);
    writeFileSync(path, bytes);
    await expectFailure(() => backupVault(path, target), 'VAULT_DAMAGED');
    await expectFailure(() => backupVault(`${path}.gone`, target), 'VAULT_UNUSABLE');
    const foreign = makeVault();
    edit(foreign, 'PRAGMA application_id = 3');
    await expectFailure(() => backupVault(foreign, target), 'VAULT_FOREIGN');
    const { applicationId } = VAULT_SCHEMA;
    edit(foreign, `PRAGMA application_id = ${applicationId}; PRAGMA user_version = 9`);
    await expectFailure(() => backupVault(foreign, target), 'VAULT_VERSION_NEWER');
    await expectFailure(() => backupVault(foreign, 'relative.db'), 'VAULT_UNUSABLE');
    await expectFailure(() => backupVault(path, join(target, 'x')), 'VAULT_UNUSABLE');
    expect(readdirSync(dirname(target))).toEqual([]);
  });

  it('is not restored over a vault, or beside the log of one', async () => {
    const path = makeVault();
    const target = join(scratchDirectory(), 'backup.db');
    backupVault(path, target);
    await expectFailure(
      () => restoreVault(target, path, { uid: UID, newVaultId: NEW_ID }),
      'VAULT_BACKUP_EXISTS',
    );
    const elsewhere = vaultPath();
    mkdirSync(dirname(elsewhere), { mode: 0o700 });
    writeFileSync(`${elsewhere}-wal`, 'old', { mode: 0o600 });
    await expectFailure(
      () => restoreVault(target, elsewhere, { uid: UID, newVaultId: NEW_ID }),
      'VAULT_BACKUP_EXISTS',
    );
    chmodSync(dirname(elsewhere), 0o755);
    await expectFailure(
      () => restoreVault(target, elsewhere, { uid: UID, newVaultId: NEW_ID }),
      'VAULT_INSECURE',
    );
    expect(existsSync(elsewhere)).toBe(false);
  });
});

describe('a check', () => {
  it('finds nothing wrong with a sound vault, open or closed', async () => {
    const path = makeVault();
    const contents = { version: 1, keys: 30, quarantined: 2, outboxDepth: 20, auditEntries: 30 };
    expect(check(path)).toMatchObject({ sound: true, findings: [], contents });
    const vault = await openVault({ path });
    await vault.commit({ insert: [newKey()], outbox: [outboxEntry('stray')] });
    await vault.commit({ purge: KEYS.slice(20).map(({ row }) => row) });
    expect(check(path)).toMatchObject({ sound: true, contents: { keys: 21, generation: 2 } });
    await vault.close();
  });

  it.each([
    [
      'a link of the audit chain',
      'UPDATE audit SET link = zeroblob(32) WHERE sequence = 7',
      'audit',
    ],
    ['an audit entry', "UPDATE audit SET outcome = 'Failure' WHERE sequence = 30", 'audit'],
    ['an audit entry that was taken out', 'DELETE FROM audit WHERE sequence = 5', 'audit'],
    ['the first audit entry taken out', 'DELETE FROM audit WHERE sequence = 1', 'audit'],
    ['an outbox entry that was taken out', 'DELETE FROM outbox WHERE sequence = 15', 'outbox'],
    ['the oldest outbox entry taken out', 'DELETE FROM outbox WHERE sequence = 11', 'outbox'],
    [
      'a key that forgot its entry',
      'UPDATE keys SET outbox_sequence = 12 WHERE number = 30',
      'outbox',
    ],
    ['a term that leads nowhere', "INSERT INTO postings VALUES (x'00', x'01')", 'terms'],
    [
      'a term that was taken out',
      'DELETE FROM postings WHERE id = (SELECT id FROM keys WHERE number = 3)',
      'terms',
    ],
    [
      'a key that moved to another service',
      "UPDATE keys SET service = 'x' WHERE number = 1",
      'keys',
    ],
    ['a short MAC', "UPDATE keys SET mac = x'00' WHERE number = 1", 'keys'],
    ['a short digest', "UPDATE keys SET digest = x'' WHERE number = 1", 'keys'],
    ['a destroyed key that is still there', 'UPDATE keys SET state = 5 WHERE number = 1', 'keys'],
    ['no tenant', "UPDATE keys SET tenant = '' WHERE number = 1", 'keys'],
    ['no identity', 'DELETE FROM vault', 'damage'],
    ['an older or newer form', 'PRAGMA user_version = 7', 'version'],
    ['another kind of file', 'PRAGMA application_id = 7', 'version'],
  ])('finds %s', (_, sql, kind) => {
    const path = makeVault();
    edit(path, sql);
    const report = check(path);
    expect(report.sound).toBe(false);
    expect(kinds(report)).toContain(kind);
    for (const { message } of report.findings) expect(message).not.toMatch(/\.$|\n|\/tmp/);
  });

  it('finds files and directories that others get at', () => {
    const path = makeVault();
    chmodSync(path, 0o644);
    chmodSync(dirname(path), 0o711);
    expect(check(path).findings).toEqual([
      { kind: 'files', message: 'directory is open to others' },
      { kind: 'files', message: 'the database is open to others' },
    ]);
  });

  it('finds damage, wherever the file was cut or overwritten', () => {
    const path = makeVault();
    const sound = readFileSync(path);
    const pages = sound.length / 4096;
    for (let page = 0; page < pages; page += 1) {
      const bytes = Buffer.from(sound);
      bytes.fill(0xff, page * 4096, page * 4096 + 200);
      writeFileSync(path, bytes);
      expect(check(path), `page ${page}`).toMatchObject({ sound: false });
    }
    truncateSync(path, 8192);
    expect(check(path)).toMatchObject({ sound: false });
    truncateSync(path, 100);
    expect(check(path)).toMatchObject({ sound: false });
  });

  it('lists a bounded number of findings and counts the rest', async () => {
    const path = makeVault();
    const vault = await openVault({ path });
    await vault.commit({ insert: Array.from({ length: 400 }, () => newKey()) });
    await vault.close();
    edit(path, "UPDATE keys SET mac = x'00'");
    const report = check(path);
    expect(report.findings).toHaveLength(200);
    expect(report.moreFindings).toBe(230);
  });

  it('needs something to look at', async () => {
    await expectFailure(() => check(vaultPath()), 'VAULT_UNUSABLE');
    await expectFailure(() => check('relative.db'), 'VAULT_UNUSABLE');
  });
});
