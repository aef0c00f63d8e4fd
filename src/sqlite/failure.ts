import { SqliteError } from './driver.ts';
import { BrokerError, type ErrorCode } from '../errors/index.ts';

/** What a message calls the database. */
export type Subject = 'vault' | 'core store';

/**
 * What a failure of SQLite means to a caller. The text of SQLite may hold a path of the host, so it goes into the cause
 * alone. Anything that is not from SQLite is given back as it is.
 */
export function databaseFailure(error: unknown, subject: Subject): unknown {
  if (!(error instanceof SqliteError)) return error;
  const [code, text] = meaningOf(error.code);
  return new BrokerError(code, `${text} (${error.code})`, { field: subject, cause: error });
}

/** The same, for opening: what is not allowed is then a wrong setting and not a passing trouble. */
export function openingFailure(error: unknown, subject: Subject): unknown {
  if (error instanceof SqliteError && /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(error.code)) {
    const text = `the database cannot be opened (${error.code})`;
    return new BrokerError('VAULT_UNUSABLE', text, { field: subject, cause: error });
  }
  return databaseFailure(error, subject);
}

function meaningOf(code: string): readonly [ErrorCode, string] {
  // Growing the shared-memory file of the WAL is where a full file system shows as an input/output error.
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') {
    return ['VAULT_DISK_FULL', 'the file system is full'];
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return ['VAULT_DAMAGED', 'the database file is damaged'];
  }
  return ['VAULT_UNAVAILABLE', 'the database cannot be read or written'];
}
