import { closeSync, constants, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../../errors/index.ts';
import { syncDirectory, unusable } from '../../sqlite/index.ts';

/**
 * Makes a file of mode 0600 that appears under its name when `fill` has written it and it is on the disk, or not at all.
 * Throws VAULT_BACKUP_EXISTS when something has that name, VAULT_UNUSABLE, and what `fill` throws.
 */
export function makeWholeFile<T>(target: string, fill: (partial: string) => T): T {
  const partial = `${target}.partial`;
  makeEmptyFile(partial);
  try {
    const result = fill(partial);
    publish(partial, target);
    return result;
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm'])
      rmSync(partial + suffix, { force: true });
  }
}

function makeEmptyFile(path: string): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600));
  } catch (error) {
    throw failure(error);
  }
}

/** link(2) fails when the name is taken, where rename(2) would replace. */
function publish(partial: string, target: string): void {
  try {
    const descriptor = openSync(partial, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(partial, target);
    syncDirectory(dirname(target));
  } catch (error) {
    throw failure(error);
  }
}

function failure(error: unknown): BrokerError {
  return (error as NodeJS.ErrnoException).code === 'EEXIST'
    ? new BrokerError('VAULT_BACKUP_EXISTS', 'the file exists', { field: 'target', cause: error })
    : unusable('core store', error);
}
