import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../../errors/index.ts';
import {
  checkDatabasePath,
  checkFiles,
  COMPANIONS,
  makeDirectory,
  unusable,
} from '../../sqlite/index.ts';
import { readAuditBase } from '../sqlite/audit-base.ts';
import { copyVault, type BackupReport } from './backup.ts';

/**
 * Puts a backup where a vault shall be, checked and on the disk, or nothing at all. Nothing is replaced: with the
 * write-ahead log of another vault beside it, a restored file would be overwritten by that. Everything that the vault has
 * taken since the backup is lost, unless the Core has it.
 *
 * The vault has a new id from here on: the Core meets it as another one, tells it every restriction that is in force, and
 * does not take its outbox for the one that it has settled. A copy that was made by hand has the old id, and is not let in.
 *
 * Throws VAULT_BACKUP_EXISTS when something is there already, VAULT_INSECURE, and what backupVault throws.
 */
export function restoreVault(
  backup: string,
  path: string,
  { uid, newVaultId }: { readonly uid: number; readonly newVaultId: string },
): BackupReport {
  checkDatabasePath(path, 'vault');
  try {
    makeDirectory(dirname(path));
  } catch (error) {
    throw unusable('vault', error);
  }
  checkFiles({ path, uid, subject: 'vault' });
  for (const suffix of ['', ...COMPANIONS]) {
    if (lstatSync(path + suffix, { throwIfNoEntry: false }) !== undefined) {
      throw new BrokerError('VAULT_BACKUP_EXISTS', 'files of a vault are there', {
        field: 'vault',
      });
    }
  }
  return copyVault(backup, path, (copy) => {
    const { sequence, link } = readAuditBase(copy);
    copy
      .prepare<[string, number, Uint8Array]>(
        `UPDATE vault SET vault_id = ?, generation = 0, audit_base_sequence = ?, audit_base_link = ?`,
      )
      .run(newVaultId, sequence, link);
  });
}
