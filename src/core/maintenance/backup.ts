import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BrokerError } from '../../errors/index.ts';
import { checkDatabasePath, databaseFailure, makeWholeFile } from '../../sqlite/index.ts';
import type { CoreStore } from '../store/core-store.ts';

export interface CoreBackup {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * Copies the Core's database as it is at one moment into a new file of mode 0600, absolute path `target`. The Core answers
 * nobody meanwhile: about a second for a million keys. The copy is useless without the root secret, which is not in it.
 * Keys that are destroyed later are still in the copy. Throws INPUT_INVALID for a path that
 * cannot be used, VAULT_BACKUP_EXISTS, VAULT_DISK_FULL, VAULT_UNAVAILABLE.
 */
export async function backupCore(store: CoreStore, target: string): Promise<CoreBackup> {
  try {
    checkDatabasePath(target, 'core store');
    makeWholeFile(target, 'core store', (partial) => {
      store.connection.prepare('VACUUM INTO ?').run(partial);
    });
  } catch (error) {
    throw asRequestFailure(databaseFailure(error, 'core store'));
  }
  const hash = createHash('sha256');
  await pipeline(createReadStream(target), hash);
  return { bytes: statSync(target).size, sha256: hash.digest('hex') };
}

/** The path is the caller's: what is wrong with it is its mistake, and not a fault of the Core's own files. */
function asRequestFailure(error: unknown): unknown {
  if (!(error instanceof BrokerError && error.code === 'VAULT_UNUSABLE')) return error;
  return new BrokerError('INPUT_INVALID', 'no file can be made there', {
    field: 'path',
    cause: error,
  });
}
