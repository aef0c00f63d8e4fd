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
import { backupVault, type BackupReport } from './backup.ts';

/**
 * Puts a backup where a vault shall be, checked and on the disk, or nothing at all. Nothing is replaced: with the
 * write-ahead log of another vault beside it, a restored file would be overwritten by that. Everything that the vault has
 * taken since the backup is lost; the Core tells the copy by its generation (see backupVault) and has the rest.
 *
 * Throws VAULT_BACKUP_EXISTS when something is there already, VAULT_INSECURE, and what backupVault throws.
 */
export function restoreVault(
  backup: string,
  path: string,
  { uid }: { readonly uid: number },
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
  return backupVault(backup, path);
}
