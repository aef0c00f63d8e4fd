import type { Connection, Statement } from '../../sqlite/index.ts';

/** A data key as it is stored: attributes encoded, everything else plain. */
export interface StoredKey {
  readonly uid: string;
  readonly tenantId: string;
  readonly serviceId: string;
  readonly objectType: number;
  readonly state: number;
  readonly suspendedFrom: number | undefined;
  readonly revision: number;
  readonly serviceKeyId: string;
  readonly serviceKeyVersion: number;
  /** Both or none. */
  readonly wrapped: Uint8Array | undefined;
  readonly mac: Uint8Array | undefined;
  readonly digest: Uint8Array | undefined;
  /** Canonical form. */
  readonly attributes: Uint8Array;
  readonly gatewayId: string;
  readonly creator: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly offline: boolean;
}

/** An attribute that Locate may ask for by exact value. */
export interface SearchTerm {
  readonly name: string;
  readonly value: string;
}

/** The outbox entry that registered a key. */
export interface KeyOrigin {
  readonly entryId: Uint8Array;
  readonly entrySha256: Uint8Array;
}

export interface ListedKey {
  /** Position in the order in which the Core learned of them. */
  readonly id: number;
  readonly key: StoredKey;
}

/** Which keys a change reaches. */
export type KeyScope =
  | { readonly kind: 'tenant'; readonly tenantId: string }
  | { readonly kind: 'service'; readonly tenantId: string; readonly serviceId: string }
  | { readonly kind: 'service-key'; readonly serviceKeyId: string; readonly version: number };

interface Row {
  readonly id: number;
  readonly uid: string;
  readonly tenant_id: string;
  readonly service_id: string;
  readonly object_type: number;
  readonly state: number;
  readonly suspended_from: number | null;
  readonly revision: number;
  readonly service_key_id: string;
  readonly service_key_version: number;
  readonly wrapped: Buffer | null;
  readonly mac: Buffer | null;
  readonly digest: Buffer | null;
  readonly attributes: Buffer;
  readonly gateway_id: string;
  readonly creator: string;
  readonly created_at: number;
  readonly offline: number;
  readonly entry_id: Buffer | null;
  readonly entry_sha256: Buffer | null;
}

/** The state numbers of keys that are gone, as SQL. */
const GONE = '(5, 6)';

export class KeyTable {
  readonly #connection: Connection;
  readonly #get: Statement<[string], Row>;
  readonly #byEntry: Statement<[Uint8Array], Row>;
  readonly #insert: Statement<unknown[]>;
  readonly #update: Statement<unknown[], { readonly id: number }>;
  readonly #addTerm: Statement<[string, string, string, string, number]>;
  readonly #dropTerms: Statement<[number]>;
  readonly #count: Statement<[], { readonly n: number }>;
  readonly #restricted: Statement<[string, number, number], Row>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.prepare('SELECT * FROM keys WHERE uid = ?');
    this.#byEntry = connection.prepare('SELECT * FROM keys WHERE entry_id = ?');
    this.#insert = connection.prepare(
      `INSERT INTO keys VALUES (NULL${', ?'.repeat(19)}) ON CONFLICT DO NOTHING`,
    );
    this.#update = connection.prepare(
      `UPDATE keys SET state = ?, suspended_from = ?, revision = ?, wrapped = ?, mac = ?, attributes = ?
       WHERE uid = ? AND revision = ? RETURNING id`,
    );
    this.#addTerm = connection.prepare('INSERT OR IGNORE INTO key_terms VALUES (?, ?, ?, ?, ?)');
    this.#dropTerms = connection.prepare('DELETE FROM key_terms WHERE key_id = ?');
    this.#count = connection.prepare('SELECT count(*) AS n FROM keys');
    this.#restricted = connection.prepare(
      `SELECT k.* FROM keys k JOIN gateway_scopes USING (tenant_id, service_id)
       WHERE gateway_scopes.gateway_id = ? AND k.state NOT IN (1, 2) AND k.id > ?
       ORDER BY k.id LIMIT ?`,
    );
  }

  get(uid: string): StoredKey | undefined {
    const row = this.#get.get(uid);
    return row && keyOf(row);
  }

  /** Where the key with this uid came from; undefined when there is none, or when it was made here. */
  originOf(uid: string): KeyOrigin | undefined {
    return originOf(this.#get.get(uid));
  }

  /** Uid of the key that this outbox entry registered. */
  uidOfEntry(entryId: Uint8Array): string | undefined {
    return this.#byEntry.get(entryId)?.uid;
  }

  /** False when the uid or the entry is known already. */
  insert(key: StoredKey, terms: readonly SearchTerm[], origin?: KeyOrigin): boolean {
    const { changes, lastInsertRowid } = this.#insert.run(
      key.uid,
      key.tenantId,
      key.serviceId,
      key.objectType,
      key.state,
      key.suspendedFrom ?? null,
      key.revision,
      key.serviceKeyId,
      key.serviceKeyVersion,
      key.wrapped ?? null,
      key.mac ?? null,
      key.digest ?? null,
      key.attributes,
      key.gatewayId,
      key.creator,
      key.createdAt,
      key.offline ? 1 : 0,
      origin?.entryId ?? null,
      origin?.entrySha256 ?? null,
    );
    if (changes === 0) return false;
    this.#addTerms(key, terms, Number(lastInsertRowid));
    return true;
  }

  /** State, escrow and attributes of a key that still has the revision before this one's; false when it has another. */
  update(key: StoredKey, terms: readonly SearchTerm[]): boolean {
    const row = this.#update.get(
      key.state,
      key.suspendedFrom ?? null,
      key.revision,
      key.wrapped ?? null,
      key.mac ?? null,
      key.attributes,
      key.uid,
      key.revision - 1,
    );
    if (row === undefined) return false;
    this.#dropTerms.run(row.id);
    this.#addTerms(key, terms, row.id);
    return true;
  }

  /** Keys of one service that carry all the terms, in the order in which the Core learned of them. */
  *locate(query: {
    readonly tenantId: string;
    readonly serviceId: string;
    readonly terms: readonly SearchTerm[];
    readonly objectType?: number;
  }): Generator<StoredKey> {
    const { tenantId, serviceId, terms, objectType } = query;
    const hasTerm = `AND EXISTS (SELECT 1 FROM key_terms t WHERE t.tenant_id = k.tenant_id
      AND t.service_id = k.service_id AND t.name = ? AND t.value = ? AND t.key_id = k.id)`;
    const statement = this.#connection.prepare<unknown[], Row>(
      `SELECT * FROM keys k WHERE tenant_id = ? AND service_id = ?
       ${objectType === undefined ? '' : 'AND object_type = ?'}
       ${hasTerm.repeat(terms.length)} ORDER BY id`,
    );
    const parameters = [
      tenantId,
      serviceId,
      ...(objectType === undefined ? [] : [objectType]),
      ...terms.flatMap(({ name, value }) => [name, value]),
    ];
    for (const row of statement.iterate(...parameters)) yield keyOf(row);
  }

  /** Keys after the one with `after` (empty: from the first), in order, at most `limit`. */
  list(query: {
    readonly tenantId: string;
    /** Empty: all of the tenant's. */
    readonly serviceId: string;
    /** 0: all. */
    readonly state: number;
    readonly after: number;
    readonly limit: number;
  }): readonly ListedKey[] {
    const { tenantId, serviceId, state, after, limit } = query;
    return this.#connection
      .prepare<unknown[], Row>(
        `SELECT * FROM keys WHERE tenant_id = ?
         ${serviceId === '' ? '' : 'AND service_id = ?'} ${state === 0 ? '' : 'AND state = ?'}
         AND id > ? ORDER BY id LIMIT ?`,
      )
      .all(
        tenantId,
        ...(serviceId === '' ? [] : [serviceId]),
        ...(state === 0 ? [] : [state]),
        after,
        limit,
      )
      .map((row) => ({ id: row.id, key: keyOf(row) }));
  }

  /** Keys that a Gateway may serve and that are not simply pre-active or active, after inner id `after`. */
  restrictedFor(gatewayId: string, after: number, limit: number): readonly ListedKey[] {
    return this.#restricted
      .all(gatewayId, after, limit)
      .map((row) => ({ id: row.id, key: keyOf(row) }));
  }

  /** Keys in this scope that are not gone. */
  countLiving(scope: KeyScope): number {
    const [condition, parameters] = conditionOf(scope);
    const row = this.#connection
      .prepare<unknown[], { readonly n: number }>(
        `SELECT count(*) AS n FROM keys WHERE ${condition} AND state NOT IN ${GONE}`,
      )
      .get(...parameters);
    return row?.n ?? 0;
  }

  count(): number {
    return this.#count.get()?.n ?? 0;
  }

  #addTerms(key: StoredKey, terms: readonly SearchTerm[], id: number): void {
    for (const { name, value } of terms) {
      this.#addTerm.run(key.tenantId, key.serviceId, name, value, id);
    }
  }
}

function conditionOf(scope: KeyScope): readonly [string, readonly (string | number)[]] {
  switch (scope.kind) {
    case 'tenant':
      return ['tenant_id = ?', [scope.tenantId]];
    case 'service':
      return ['tenant_id = ? AND service_id = ?', [scope.tenantId, scope.serviceId]];
    case 'service-key':
      return [
        'service_key_id = ? AND service_key_version = ?',
        [scope.serviceKeyId, scope.version],
      ];
  }
}

function originOf(row: Row | undefined): KeyOrigin | undefined {
  if (row?.entry_id == null || row.entry_sha256 === null) return undefined;
  return { entryId: row.entry_id, entrySha256: row.entry_sha256 };
}

function keyOf(row: Row): StoredKey {
  return {
    uid: row.uid,
    tenantId: row.tenant_id,
    serviceId: row.service_id,
    objectType: row.object_type,
    state: row.state,
    suspendedFrom: row.suspended_from ?? undefined,
    revision: row.revision,
    serviceKeyId: row.service_key_id,
    serviceKeyVersion: row.service_key_version,
    wrapped: row.wrapped ?? undefined,
    mac: row.mac ?? undefined,
    digest: row.digest ?? undefined,
    attributes: row.attributes,
    gatewayId: row.gateway_id,
    creator: row.creator,
    createdAt: row.created_at,
    offline: row.offline === 1,
  };
}
