import type { Connection } from '../../../sqlite/index.ts';
import { readAuditBase } from '../audit-base.ts';

/** Where the numbered lists of a vault stand: known to its only writer, so that no commit has to write or look for them. */
export interface Heads {
  /** Rows of keys, tombstones included. */
  readonly keys: number;
  /** Last outbox sequence that was given; the list is gapless, so that the rest is its depth. */
  readonly outboxHead: number;
  readonly outboxAcknowledged: number;
  readonly auditHead: number;
  readonly auditLink: Uint8Array;
}

/** Reads them from the file. */
export function readHeads(connection: Connection): Heads {
  const vault = connection
    .prepare<[], { outbox_acknowledged: number }>('SELECT outbox_acknowledged FROM vault')
    .get() ?? { outbox_acknowledged: 0 };
  const base = readAuditBase(connection);
  const audit = connection
    .prepare<[], { sequence: number; link: Uint8Array }>(
      'SELECT sequence, link FROM audit ORDER BY sequence DESC LIMIT 1',
    )
    .get();
  const single = (sql: string): number | null | undefined =>
    connection.prepare<[], number | null>(sql).pluck().get();
  return {
    keys: single('SELECT count(*) FROM keys') ?? 0,
    // An acknowledged entry is deleted: with an empty outbox the last acknowledged one was the last.
    outboxHead: single('SELECT max(sequence) FROM outbox') ?? vault.outbox_acknowledged,
    outboxAcknowledged: vault.outbox_acknowledged,
    auditHead: audit?.sequence ?? base.sequence,
    auditLink: audit?.link ?? base.link,
  };
}
