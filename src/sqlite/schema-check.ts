import { BrokerError } from '../errors/index.ts';
import { connectToMemory, type Connection } from './driver.ts';
import type { Subject } from './failure.ts';
import type { Schema } from './migrations.ts';

interface Definition {
  readonly name: string;
  readonly sql: string | null;
}

/**
 * Sees that tables and indexes are defined as the schema's steps define them: SQLite's own checks do not look into the
 * text of a definition, in which a flipped bit renames a column or moves a bound. Throws VAULT_DAMAGED.
 */
export function checkDefinitions(connection: Connection, schema: Schema, subject: Subject): void {
  const expected = expectedDefinitions(schema);
  const found = definitionsOf(connection);
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  throw new BrokerError(
    'VAULT_DAMAGED',
    'the definitions of its tables are not as they were made',
    {
      field: subject,
    },
  );
}

/** Steps are pure SQL, of which SQLite keeps the text: a file that is made in memory has the same. */
function expectedDefinitions(schema: Schema): readonly Definition[] {
  const connection = connectToMemory();
  try {
    for (const step of schema.migrations) connection.exec(step);
    return definitionsOf(connection);
  } finally {
    connection.close();
  }
}

function definitionsOf(connection: Connection): readonly Definition[] {
  return connection
    .prepare<[], Definition>(
      'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name',
    )
    .all()
    .filter(({ name }) => !name.startsWith('sqlite_stat'));
}
