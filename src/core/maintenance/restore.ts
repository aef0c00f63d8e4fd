import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../../errors/index.ts';
import {
  checkDatabasePath,
  connect,
  makeWholeFile,
  openingFailure,
  unusable,
  versionOf,
  type Connection,
} from '../../sqlite/index.ts';
import { CORE_SCHEMA } from '../store/schema.ts';

/**
 * How far every number goes up that Gateways hold to only ever rise. What the lost Core did after the backup has used some
 * of them; no Core comes this far in the life of a backup.
 */
const LEAP = 1_000_000;

export interface RestoredCore {
  readonly clusterId: string;
  /** Epoch before the next start. */
  readonly epoch: number;
  readonly tenants: number;
  readonly keys: number;
}

/**
 * Makes a Core's database out of a backup: checked page by page, at a path where nothing is yet, with epoch, governance
 * version, grant sequences, generations and events beyond all that Gateways have seen. The Core must not run. What happened after
 * the backup is lost to the Core; restrictions that Gateways applied stay applied there. Throws VAULT_BACKUP_EXISTS,
 * VAULT_UNUSABLE, VAULT_FOREIGN, VAULT_VERSION_NEWER, VAULT_DAMAGED.
 */
export function restoreCore(backup: string, target: string): RestoredCore {
  checkDatabasePath(backup, 'core store');
  checkDatabasePath(target, 'core store');
  prepare(target);
  return makeWholeFile(target, 'core store', (partial) => {
    try {
      copyBackup(backup, partial);
      const connection = connect(partial, { busyTimeoutMs: 0 });
      try {
        checkBackup(connection);
        return leap(connection);
      } finally {
        connection.close();
      }
    } catch (error) {
      throw openingFailure(error, 'core store');
    }
  });
}

/**
 * Makes the directory when it is absent, and refuses one where something of another database was left: SQLite would take a
 * write-ahead log that lies there for the restored one's.
 */
function prepare(target: string): void {
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable('core store', error);
  }
  const left = ['-wal', '-shm', '-journal'].find((suffix) => existsSync(target + suffix));
  if (left === undefined) return;
  const text = `a file of another database was left there, with the suffix ${left}`;
  throw new BrokerError('VAULT_BACKUP_EXISTS', text, { field: 'target' });
}

function copyBackup(backup: string, partial: string): void {
  try {
    copyFileSync(backup, partial);
  } catch (error) {
    throw unusable('core store', error);
  }
}

function checkBackup(connection: Connection): void {
  if (versionOf(connection, CORE_SCHEMA, 'core store') === 0) {
    throw new BrokerError('VAULT_FOREIGN', 'the backup is empty', { field: 'core store' });
  }
  const found = connection.pragma('integrity_check', { simple: true });
  if (found === 'ok') return;
  throw new BrokerError('VAULT_DAMAGED', 'the backup is damaged', { field: 'core store' });
}

function leap(connection: Connection): RestoredCore {
  connection
    .transaction(() => {
      connection
        .prepare('UPDATE core SET epoch = epoch + ?, governance_version = governance_version + ?')
        .run(LEAP, LEAP);
      connection.prepare('UPDATE grant_sequences SET sequence = sequence + ?').run(LEAP);
      connection.prepare('UPDATE gateways SET generation = generation + ?').run(LEAP);
      // The lost Core's events had numbers that ours must not have again: a Gateway would take the new ones for those. No
      // Gateway is in step with a lane that leaps, so each gets every restriction that is in force anew.
      connection.prepare('UPDATE events SET sequence = sequence + ?').run(LEAP);
      connection
        .prepare('UPDATE lanes SET head = head + ?, acknowledged = acknowledged + ?')
        .run(LEAP, LEAP);
    })
    .immediate();
  const restored = connection
    .prepare<[], RestoredCore>(
      `SELECT cluster_id AS clusterId, epoch, (SELECT count(*) FROM tenants) AS tenants,
       (SELECT count(*) FROM keys) AS keys FROM core`,
    )
    .get();
  if (restored === undefined) {
    throw new BrokerError('VAULT_DAMAGED', 'the backup has no identity', { field: 'core store' });
  }
  return restored;
}
