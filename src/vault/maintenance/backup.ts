import { statSync } from 'node:fs';
import { BrokerError } from '../../errors/index.ts';
import {
  checkDatabasePath,
  connect,
  makeWholeFile,
  openingFailure,
  quickCheck,
  type Connection,
} from '../../sqlite/index.ts';
import { openReadOnly, requirePresentForm } from './open-read-only.ts';

/** What a backup holds. */
export interface BackupReport {
  readonly vaultId: string;
  /** Generation of the vault when the backup was made; the backup itself begins again. */
  readonly generation: number;
  readonly keys: number;
  readonly bytes: number;
}

/**
 * Copies a vault as it is at one moment into a new file of mode 0600, while the gateway goes on: its writer is not
 * stopped, its log only grows meanwhile. `target` appears when it is whole, checked and on the disk, or not at all. Blocks
 * its thread (about a second for a million keys), so that it belongs into a process of its own.
 *
 * The generation in the copy is set to 0: opened, it is 1, which is not above what the Core has seen of this vault, and so
 * tells a restored backup from the vault it was made of. Wrapped keys that were destroyed later are still in it: they are
 * lost for good only with the service key that wrapped them.
 *
 * Throws VAULT_BACKUP_EXISTS, VAULT_UNUSABLE, VAULT_FOREIGN, VAULT_VERSION_NEWER, VAULT_DAMAGED, VAULT_DISK_FULL,
 * VAULT_UNAVAILABLE; then no file is left.
 */
export function backupVault(path: string, target: string): BackupReport {
  return copyVault(path, target, (copy) => {
    copy.exec('UPDATE vault SET generation = 0');
  });
}

/** The same with other last touches: `finish` changes the copy before it appears. */
export function copyVault(
  path: string,
  target: string,
  finish: (copy: Connection) => void,
): BackupReport {
  checkDatabasePath(target, 'vault');
  const source = openReadOnly(path);
  try {
    requirePresentForm(source);
    return makeWholeFile(target, 'vault', (partial) => copy(source, partial, finish));
  } catch (error) {
    throw openingFailure(error, 'vault');
  } finally {
    source.close();
  }
}

function copy(
  source: Connection,
  partial: string,
  finish: (copy: Connection) => void,
): BackupReport {
  source.prepare('VACUUM INTO ?').run(partial);
  const connection = connect(partial, { busyTimeoutMs: 0 });
  try {
    quickCheck(connection, 'vault');
    const report = describe(connection, partial);
    finish(connection);
    return report;
  } finally {
    connection.close();
  }
}

function describe(connection: Connection, path: string): BackupReport {
  const row = connection
    .prepare<[], Omit<BackupReport, 'bytes'>>(
      'SELECT vault_id AS vaultId, generation, (SELECT count(*) FROM keys) AS keys FROM vault',
    )
    .get();
  if (row === undefined) {
    throw new BrokerError('VAULT_DAMAGED', 'the vault has no identity', { field: 'vault' });
  }
  return { ...row, bytes: statSync(path).size };
}
