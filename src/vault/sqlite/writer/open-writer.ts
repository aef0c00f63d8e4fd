import { openForWriting, openingFailure, type Connection } from '../../../sqlite/index.ts';
import { VAULT_SCHEMA } from '../schema.ts';
import { Writer, type WriterOptions } from './writer.ts';
import type { WriterStart } from './messages.ts';

const TUNING = {
  cacheBytes: 64 * 1024 * 1024,
  // The loop moves the log between groups, where nobody waits for it; this is for a load that never pauses.
  autocheckpointPages: 8000,
} as const;

/** Opens a vault that was claimed, makes it when it is new, and counts the opening. Throws what openForWriting throws. */
export function openWriter(
  start: WriterStart,
  surroundings: Pick<WriterOptions, 'freeBytes'>,
): Writer {
  const connect = (check: boolean): Connection =>
    openForWriting({
      path: start.path,
      subject: 'vault',
      uid: start.uid,
      schema: VAULT_SCHEMA,
      tuning: TUNING,
      check,
    });
  const connection = connect(start.check);
  try {
    if (start.counts) countOpening(connection, start.newVaultId);
    const writer = new Writer(connection, {
      ...start,
      ...surroundings,
      connect: () => connect(false),
    });
    // A shredding that its process did not live to finish.
    writer.shred();
    return writer;
  } catch (error) {
    connection.close();
    throw openingFailure(error, 'vault');
  }
}

function countOpening(connection: Connection, newVaultId: string): void {
  connection
    .prepare(
      `INSERT INTO vault (one, vault_id, generation, outbox_acknowledged) VALUES (1, ?, 1, 0)
       ON CONFLICT (one) DO UPDATE SET generation = generation + 1`,
    )
    .run(newVaultId);
}
