import type { Connection, Statement } from '../../sqlite/index.ts';

/** One thing that was done, or refused. Names and outcomes alone: never what was sent. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Empty for the administrator. */
  readonly gatewayId: string;
  /** SPIFFE id or subject of a client, `administrator`, or `gateway`. */
  readonly actor: string;
  readonly operation: string;
  readonly tenantId: string;
  readonly serviceId: string;
  readonly uid: string;
  readonly outcome: string;
  readonly correlationId: string;
}

export interface AuditRow extends AuditEntry {
  readonly sequence: number;
}

interface Row {
  readonly sequence: number;
  readonly at: number;
  readonly gateway_id: string;
  readonly actor: string;
  readonly operation: string;
  readonly tenant_id: string;
  readonly service_id: string;
  readonly uid: string;
  readonly outcome: string;
  readonly correlation_id: string;
}

export class AuditTable {
  readonly #append: Statement<
    [number, string, string, string, string, string, string, string, string]
  >;
  readonly #after: Statement<[number, number], Row>;

  constructor(connection: Connection) {
    this.#append = connection.prepare('INSERT INTO audit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#after = connection.prepare(
      'SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?',
    );
  }

  /** Returns the entry's sequence. */
  append(entry: AuditEntry): number {
    const { lastInsertRowid } = this.#append.run(
      entry.at,
      entry.gatewayId,
      entry.actor,
      entry.operation,
      entry.tenantId,
      entry.serviceId,
      entry.uid,
      entry.outcome,
      entry.correlationId,
    );
    return Number(lastInsertRowid);
  }

  /** Entries after `sequence`, in order, at most `limit`. */
  after(sequence: number, limit: number): readonly AuditRow[] {
    return this.#after.all(sequence, limit).map((row) => ({
      sequence: row.sequence,
      at: row.at,
      gatewayId: row.gateway_id,
      actor: row.actor,
      operation: row.operation,
      tenantId: row.tenant_id,
      serviceId: row.service_id,
      uid: row.uid,
      outcome: row.outcome,
      correlationId: row.correlation_id,
    }));
  }
}
