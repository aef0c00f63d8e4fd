import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../../src/sqlite/index.ts';
import { backupVault, checkVault, restoreVault } from '../../../src/vault/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { auditEntry } from '../../support/vault-keys.ts';
import { openVault, UID, vaultPath } from '../../support/vaults.ts';

/** A vault of six audit entries whose first four are forgotten; closed. */
async function prepare(forgotten: number): Promise<string> {
  const path = vaultPath();
  const vault = await openVault({ path });
  await vault.commit({ audit: Array.from({ length: 6 }, (_, i) => auditEntry(`uid-${i}`)) });
  await vault.forgetAudit(forgotten);
  await vault.close();
  return path;
}

function findings(path: string): string[] {
  return checkVault(path, { uid: UID }).findings.map(({ kind }) => kind);
}

function edit(path: string, sql: string): void {
  const connection = connect(path, { busyTimeoutMs: 0 });
  connection.exec(sql);
  connection.close();
}

describe('a vault that has forgotten audit entries', () => {
  it.each([4, 6])('is sound, also after it was opened again: %i of 6', async (forgotten) => {
    const path = await prepare(forgotten);
    expect(findings(path)).toEqual([]);
    const again = await openVault({ path });
    expect(await again.facts()).toMatchObject({ auditHead: 6 });
    await again.commit({ audit: [auditEntry('next')] });
    expect((await again.audit({ after: 0, limit: 10 })).at(-1)).toMatchObject({ sequence: 7 });
    await again.close();
    expect(findings(path)).toEqual([]);
  });

  it('shows what was edited, or taken away beyond that', async () => {
    for (const sql of [
      "UPDATE audit SET actor = 'somebody else' WHERE sequence = 5",
      'DELETE FROM audit WHERE sequence = 5',
      'UPDATE vault SET audit_base_sequence = 3',
      "UPDATE vault SET audit_base_link = x'00'",
    ]) {
      const path = await prepare(4);
      edit(path, sql);
      expect(findings(path), sql).toContain('audit');
    }
  });

  it('is sound when it was restored from a backup', async () => {
    const path = await prepare(4);
    const [backup, restored] = [join(scratchDirectory(), 'backup.db'), vaultPath()];
    backupVault(path, backup);
    restoreVault(backup, restored, {
      uid: UID,
      newVaultId: '0f0e0d0c-0b0a-4908-8706-050403020100',
    });
    expect(findings(restored)).toEqual([]);
  });
});
