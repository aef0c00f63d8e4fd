import { BrokerError } from '../../../errors/index.ts';
import {
  beCareful,
  connect,
  databaseFailure,
  type Connection,
  type Statement,
} from '../../../sqlite/index.ts';
import type {
  AuditQuery,
  AuditRow,
  KeyRow,
  LocatePage,
  LocateQuery,
  OutboxRow,
  ScanQuery,
  VaultFacts,
} from '../../vault.ts';
import { KEY_COLUMNS, keyRow, type KeyTuple } from '../key-columns.ts';
import { locateQuery } from './locate.ts';
import { scanQuery } from './scan.ts';
import { readPage, Statements } from './slices.ts';

/** What facts a file itself tells. */
export type FileFacts = Pick<
  VaultFacts,
  | 'vaultId'
  | 'generation'
  | 'quarantined'
  | 'outboxDepth'
  | 'outboxOldest'
  | 'outboxHead'
  | 'outboxAcknowledged'
  | 'auditHead'
>;

/** A key says which entry was its last, acknowledged or not; an entry about no key stands for itself. */
const PENDING_SEQUENCE = `
  SELECT max(sequence) FROM (
    SELECT k.outbox_sequence AS sequence FROM keys k, vault v
      WHERE k.uid = ? AND k.outbox_sequence > v.outbox_acknowledged
    UNION ALL
    SELECT sequence FROM outbox WHERE uid = ? AND stray = 1)`;

/** Sorts after every continuation of a name: the highest code point there is, and more than once is in no name of ours. */
const HIGHEST = '\u{10FFFF}'.repeat(4);

/** Small, because SQLite empties it whenever the writer has committed; the system's page cache stays. */
const CACHE_BYTES = 16 * 1024 * 1024;

/** Slices of a search for one page: a tenth of a second for what finds little among a great many. */
const LOCATE_SLICES = 32;

/** Readers wait for nobody but a process that repairs the log after a crash. */
const BUSY_TIMEOUT_MS = 250;

/**
 * Reads a vault on the caller's thread, by a connection that cannot write. Never inside a transaction that lasts, which
 * would keep the log from being moved. Throws VAULT_DAMAGED, VAULT_UNAVAILABLE; after a failure the next read opens the
 * file anew.
 */
export class Reader {
  readonly #path: string;
  #session: { connection: Connection; statements: Statements } | undefined;
  #getKey: Statement<unknown[], KeyTuple> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  get(tenant: string, uid: string): KeyRow | undefined {
    return this.#read((statements) => {
      const tuple = (this.#getKey ??= statements.tuples(
        `SELECT ${KEY_COLUMNS} FROM keys k WHERE k.uid = ? AND k.tenant = ?`,
      )).get(uid, tenant);
      return tuple === undefined ? undefined : keyRow(tuple);
    });
  }

  async locate(query: LocateQuery): Promise<LocatePage> {
    return await this.#readSlowly(async (statements) => {
      const search = locateQuery(query, statements);
      const { rows, more, next } = await readPage(search, { ...query, slices: LOCATE_SLICES });
      return { rows: rows.map(keyRow), more, ...(next !== undefined && { next }) };
    });
  }

  async scan(query: ScanQuery): Promise<readonly KeyRow[]> {
    return await this.#readSlowly(async (statements) => {
      const { rows } = await readPage(scanQuery(query, statements), query);
      return rows.map(keyRow);
    });
  }

  outbox(limit: number): readonly OutboxRow[] {
    return this.#read((statements) =>
      statements
        .objects<OutboxRow>(
          `SELECT sequence, entry_id AS entryId, uid, body, created_at AS createdAt
           FROM outbox ORDER BY sequence LIMIT ?`,
        )
        .all(limit),
    );
  }

  pendingSequence(uid: string): number {
    return this.#read(
      (statements) => statements.pluck<number | null>(PENDING_SEQUENCE).get(uid, uid) ?? 0,
    );
  }

  readState(name: string): Uint8Array | undefined {
    return this.#read((statements) =>
      statements.pluck<Uint8Array>('SELECT value FROM states WHERE name = ?').get(name),
    );
  }

  readStates(prefix: string): ReadonlyMap<string, Uint8Array> {
    return this.#read((statements) => {
      const rows = statements
        .objects<{ name: string; value: Uint8Array }>(
          `SELECT name, value FROM states
           WHERE name BETWEEN ? AND ? AND substr(name, 1, length(?)) = ? ORDER BY name`,
        )
        .all(prefix, prefix + HIGHEST, prefix, prefix);
      return new Map(rows.map(({ name, value }) => [name, value]));
    });
  }

  audit({ after, limit }: AuditQuery): readonly AuditRow[] {
    return this.#read((statements) =>
      statements
        .objects<AuditRow>(
          `SELECT sequence, at, tenant, service, actor, operation, uid, outcome,
             correlation_id AS correlationId, link
           FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?`,
        )
        .all(after, limit),
    );
  }

  facts(): FileFacts {
    return this.#read(readFacts);
  }

  close(): void {
    this.#session?.connection.close();
    this.#session = undefined;
    this.#getKey = undefined;
  }

  #read<Result>(work: (statements: Statements) => Result): Result {
    try {
      return work(this.#open());
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #readSlowly<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.#open());
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #open(): Statements {
    if (this.#session === undefined) {
      const connection = connect(this.#path, { readonly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
      beCareful(connection, CACHE_BYTES);
      this.#session = { connection, statements: new Statements(connection) };
    }
    return this.#session.statements;
  }

  #failure(error: unknown): unknown {
    // What the driver throws for a connection that was closed between two steps of a search.
    const closed = error instanceof TypeError && this.#session === undefined;
    this.close();
    return closed
      ? new BrokerError('VAULT_UNAVAILABLE', 'the vault was closed', { cause: error })
      : databaseFailure(error, 'vault');
  }
}

interface FactsTuple {
  readonly vaultId: string;
  readonly generation: number;
  readonly acknowledged: number;
  readonly quarantined: number;
  readonly outboxHead: number | null;
  readonly auditHead: number;
  readonly outboxOldest: number | null;
}

function readFacts(statements: Statements): FileFacts {
  const row = statements
    .objects<FactsTuple>(
      `SELECT vault_id AS vaultId, generation, outbox_acknowledged AS acknowledged,
         (SELECT count(*) FROM keys WHERE quarantine IS NOT NULL) AS quarantined,
         (SELECT max(sequence) FROM outbox) AS outboxHead,
         coalesce((SELECT max(sequence) FROM audit), audit_base_sequence) AS auditHead,
         (SELECT created_at FROM outbox ORDER BY sequence LIMIT 1) AS outboxOldest
       FROM vault`,
    )
    .get();
  if (row === undefined) throw new Error('the vault has no identity');
  const outboxHead = row.outboxHead ?? row.acknowledged;
  return {
    vaultId: row.vaultId,
    generation: row.generation,
    quarantined: row.quarantined,
    outboxDepth: outboxHead - row.acknowledged,
    ...(row.outboxOldest === null ? {} : { outboxOldest: row.outboxOldest }),
    outboxHead,
    outboxAcknowledged: row.acknowledged,
    auditHead: row.auditHead,
  };
}
