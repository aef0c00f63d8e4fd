import { connect, type Connection } from './driver.ts';
import { checkDatabasePath } from './database-path.ts';
import { makeDurable, type Tuning } from './durability.ts';
import { openingFailure, type Subject } from './failure.ts';
import { checkFiles, makeFiles } from './files.ts';
import { lockInstance, type InstanceLock } from './instance-lock.ts';
import { migrate, versionOf, type Schema } from './migrations.ts';
import { quickCheck } from './quick-check.ts';
import { checkDefinitions } from './schema-check.ts';

export interface FileOptions {
  /** Absolute path. The directory is the database's own: made with mode 0700, refused when others may look into it. */
  readonly path: string;
  /** What messages call it. */
  readonly subject: Subject;
  /** User this process runs as, process.getuid(). */
  readonly uid: number;
}

export interface WriterOptions extends FileOptions {
  readonly schema: Schema;
  readonly tuning: Tuning;
  /** Looks at every page before anything is written: see quickCheck. */
  readonly check: boolean;
}

/** A database that belongs to this process. */
export interface OwnedDatabase {
  readonly connection: Connection;
  /** Moves the write-ahead log into the file, closes it, and lets the next process have it. */
  close(): void;
}

/** How long a writer waits for another connection's lock, blocking its thread. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens a database for this process alone, makes it when it is absent, and takes it to the present form. Throws
 * VAULT_UNUSABLE, VAULT_INSECURE, VAULT_LOCKED, VAULT_FOREIGN, VAULT_VERSION_NEWER, VAULT_DAMAGED, VAULT_DISK_FULL,
 * VAULT_UNAVAILABLE; then nothing is left open.
 */
export function openDatabase(options: WriterOptions): OwnedDatabase {
  const lock = claimDatabase(options);
  try {
    const connection = openForWriting(options);
    return {
      connection,
      close: () => {
        try {
          connection.close();
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes the files when they are absent, sees that nobody else gets at them, and takes the lock. */
export function claimDatabase(files: FileOptions): InstanceLock {
  checkDatabasePath(files.path, files.subject);
  makeFiles(files);
  checkFiles(files);
  return lockInstance(files.path, files.subject);
}

/** Opens a database that was claimed. Nothing is written into a file that is not ours, is newer, or is damaged. */
export function openForWriting(options: WriterOptions): Connection {
  const { subject } = options;
  try {
    const connection = connect(options.path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
    try {
      const version = versionOf(connection, options.schema, subject);
      if (options.check && version > 0) quickCheck(connection, subject);
      makeDurable(connection, options.tuning, subject);
      migrate(connection, options.schema, subject);
      if (options.check) checkDefinitions(connection, options.schema, subject);
      // SQLite has made its own files by now.
      checkFiles(options);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  } catch (error) {
    throw openingFailure(error, subject);
  }
}
