import { BrokerError } from '../errors/index.ts';
import type { Connection } from './driver.ts';
import type { Subject } from './failure.ts';

/** How a connection uses memory and the write-ahead log. */
export interface Tuning {
  /** Bytes of pages kept in memory. */
  readonly cacheBytes: number;
  /** Pages in the write-ahead log at which SQLite moves them into the database by itself, within a commit. 0: never. */
  readonly autocheckpointPages: number;
}

/** Largest write-ahead log that is left behind after everything in it was moved. */
const KEPT_LOG_BYTES = 64 * 1024 * 1024;

/**
 * Sets up a connection that writes. Every commit is on the disk before it returns: `synchronous=FULL` in WAL mode, and a
 * real flush on macOS. What is deleted is overwritten. The file's schema is not trusted to name functions. Throws
 * VAULT_UNUSABLE where the file system cannot do this.
 */
export function makeDurable(connection: Connection, tuning: Tuning, subject: Subject): void {
  const mode = connection.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') {
    const text = 'the file system cannot hold a write-ahead log: it must be a local one';
    throw new BrokerError('VAULT_UNUSABLE', text, { field: subject });
  }
  // Both are without effect elsewhere: fsync(2) of macOS leaves data in the drive's cache.
  connection.pragma('fullfsync = ON');
  connection.pragma('checkpoint_fullfsync = ON');
  connection.pragma('synchronous = FULL');
  connection.pragma('secure_delete = ON');
  connection.pragma('foreign_keys = ON');
  connection.pragma(`journal_size_limit = ${KEPT_LOG_BYTES}`);
  connection.pragma(`wal_autocheckpoint = ${tuning.autocheckpointPages}`);
  beCareful(connection, tuning.cacheBytes);
}

/**
 * Sets up what readers and writers share. No file is mapped into memory: a disk error there would be a signal that ends
 * the process, where read(2) gives an error that can be answered.
 */
export function beCareful(connection: Connection, cacheBytes: number): void {
  connection.pragma('trusted_schema = OFF');
  connection.pragma('cell_size_check = ON');
  connection.pragma('temp_store = MEMORY');
  connection.pragma('mmap_size = 0');
  connection.pragma(`cache_size = -${Math.ceil(cacheBytes / 1024)}`);
}
