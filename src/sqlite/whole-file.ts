import { closeSync, constants, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../errors/index.ts';
import type { Subject } from './failure.ts';
import { syncDirectory, unusable } from './files.ts';

/** What SQLite may put beside a file while it writes it. */
const LEFT_OVERS = ['', '-journal', '-wal', '-shm'] as const;

/**
 * Makes a file of mode 0600 that appears under its name when `fill` has written it and it is on the disk, or not at all.
 * Throws VAULT_BACKUP_EXISTS when something has that name, VAULT_UNUSABLE, and what `fill` throws.
 */
export function makeWholeFile<T>(
  target: string,
  subject: Subject,
  fill: (partial: string) => T,
): T {
  // Beside the target, so that it can be given its name without copying it again.
  const partial = `${target}.partial`;
  makeEmptyFile(partial, subject);
  try {
    const result = fill(partial);
    publish(partial, target, subject);
    return result;
  } finally {
    for (const suffix of LEFT_OVERS) rmSync(partial + suffix, { force: true });
  }
}

/** SQLite takes an empty file for a new one, and keeps its mode. */
function makeEmptyFile(path: string, subject: Subject): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600));
  } catch (error) {
    throw failure(error, subject);
  }
}

/** Gives the file its name once it is on the disk. link(2) fails when the name is taken, where rename(2) would replace. */
function publish(partial: string, target: string, subject: Subject): void {
  try {
    const descriptor = openSync(partial, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(partial, target);
    rmSync(partial);
    syncDirectory(dirname(target));
  } catch (error) {
    throw failure(error, subject);
  }
}

function failure(error: unknown, subject: Subject): BrokerError {
  return (error as NodeJS.ErrnoException).code === 'EEXIST'
    ? new BrokerError('VAULT_BACKUP_EXISTS', 'the file exists', { field: 'target', cause: error })
    : unusable(subject, error);
}
