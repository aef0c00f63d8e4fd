import { BrokerError } from '../errors/index.ts';
import { connect, SqliteError } from './driver.ts';
import { openingFailure, type Subject } from './failure.ts';

/** The right to write a database, as long as it is not released. */
export interface InstanceLock {
  release(): void;
}

/**
 * Takes the lock of a database: an exclusive transaction on an empty database beside it. The kernel drops SQLite's lock
 * with the process, however it ends, so nothing has to be cleaned up and no process number can mislead; a second opening
 * by the same process is refused as well. Throws VAULT_LOCKED at once, or what opening a database throws.
 */
export function lockInstance(path: string, subject: Subject): InstanceLock {
  try {
    const connection = connect(`${path}-lock`, { busyTimeoutMs: 0 });
    try {
      connection.pragma('journal_mode = MEMORY');
      connection.exec('BEGIN EXCLUSIVE');
      // Never committed. A file that may only be read is opened all the same, and BEGIN EXCLUSIVE then locks nothing.
      connection.pragma('user_version = 1');
    } catch (error) {
      connection.close();
      throw error;
    }
    return {
      release: () => {
        connection.close();
      },
    };
  } catch (error) {
    if (error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      const text = 'another process has it open';
      throw new BrokerError('VAULT_LOCKED', text, { field: subject, cause: error });
    }
    throw openingFailure(error, subject);
  }
}
