import { BrokerError } from '../errors/index.ts';
import type { Connection } from './driver.ts';
import type { Subject } from './failure.ts';

/** What kind of database a file is, and how it came to its present form. */
export interface Schema {
  /** Number in the file's header that tells our kinds of files from all others. */
  readonly applicationId: number;
  /** SQL of every step from an empty file to the present form. Steps are only ever added. */
  readonly migrations: readonly string[];
}

/** The version of a file that was opened: the number of steps it has behind it; 0 for an empty one. */
export function versionOf(connection: Connection, schema: Schema, subject: Subject): number {
  const applicationId = numberOf(connection, 'application_id');
  const version = numberOf(connection, 'user_version');
  const isEmpty = applicationId === 0 && version === 0 && countTables(connection) === 0;
  if (isEmpty) return 0;
  if (applicationId !== schema.applicationId) {
    throw new BrokerError('VAULT_FOREIGN', 'the file is something else', { field: subject });
  }
  if (version > schema.migrations.length) {
    const text = `the file has version ${version}, this program knows ${schema.migrations.length}`;
    throw new BrokerError('VAULT_VERSION_NEWER', text, { field: subject });
  }
  return version;
}

/**
 * Takes a file to the present form, in one transaction, and proves that it can be written. Throws what versionOf throws,
 * having changed nothing.
 */
export function migrate(connection: Connection, schema: Schema, subject: Subject): void {
  connection
    .transaction(() => {
      const version = versionOf(connection, schema, subject);
      for (const step of schema.migrations.slice(version)) connection.exec(step);
      if (version === 0) connection.pragma(`application_id = ${schema.applicationId}`);
      // Also when nothing was missing: SQLite opens for reading alone what it cannot open for writing, and tells only
      // who writes.
      connection.pragma(`user_version = ${schema.migrations.length}`);
    })
    .exclusive();
}

function numberOf(connection: Connection, pragma: string): number {
  return connection.pragma(pragma, { simple: true }) as number;
}

function countTables(connection: Connection): number {
  return connection.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() ?? 0;
}
