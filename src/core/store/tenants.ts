import { ClientTrust } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Connection, Statement } from '../../sqlite/index.ts';

export const TENANT_STATES = ['ACTIVE', 'SUSPENDED', 'REVOKED'] as const;
export type TenantState = (typeof TENANT_STATES)[number];

export interface TenantRecord {
  readonly tenantId: string;
  readonly name: string;
  readonly state: TenantState;
  readonly trust: ClientTrust;
  /** Tenant root (L2) under the root key. */
  readonly root: Uint8Array;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

interface Row {
  readonly tenant_id: string;
  readonly name: string;
  readonly state: TenantState;
  readonly trust: Buffer;
  readonly root: Buffer;
  readonly created_at: number;
}

export class TenantTable {
  readonly #get: Statement<[string], Row>;
  readonly #list: Statement<[], Row>;
  readonly #insert: Statement<[string, string, Uint8Array, Uint8Array, number]>;
  readonly #setState: Statement<[TenantState, string]>;
  readonly #setTrust: Statement<[Uint8Array, string]>;
  readonly #count: Statement<[], { readonly n: number }>;
  readonly #trust = new Map<string, { readonly encoded: Buffer; readonly decoded: ClientTrust }>();

  constructor(connection: Connection) {
    this.#get = connection.prepare('SELECT * FROM tenants WHERE tenant_id = ?');
    this.#list = connection.prepare('SELECT * FROM tenants ORDER BY tenant_id');
    this.#insert = connection.prepare("INSERT INTO tenants VALUES (?, ?, 'ACTIVE', ?, ?, ?)");
    this.#setState = connection.prepare('UPDATE tenants SET state = ? WHERE tenant_id = ?');
    this.#setTrust = connection.prepare('UPDATE tenants SET trust = ? WHERE tenant_id = ?');
    this.#count = connection.prepare('SELECT count(*) AS n FROM tenants');
  }

  get(tenantId: string): TenantRecord | undefined {
    const row = this.#get.get(tenantId);
    return row && this.#recordOf(row);
  }

  list(): readonly TenantRecord[] {
    return this.#list.all().map((row) => this.#recordOf(row));
  }

  insert(tenant: {
    readonly tenantId: string;
    readonly name: string;
    readonly trust: ClientTrust;
    readonly root: Uint8Array;
    readonly createdAt: number;
  }): void {
    const { tenantId, name, trust, root, createdAt } = tenant;
    this.#insert.run(tenantId, name, ClientTrust.encode(trust).finish(), root, createdAt);
  }

  setState(tenantId: string, state: TenantState): void {
    this.#setState.run(state, tenantId);
  }

  setTrust(tenantId: string, trust: ClientTrust): void {
    this.#setTrust.run(ClientTrust.encode(trust).finish(), tenantId);
  }

  count(): number {
    return this.#count.get()?.n ?? 0;
  }

  #recordOf(row: Row): TenantRecord {
    return {
      tenantId: row.tenant_id,
      name: row.name,
      state: row.state,
      trust: this.#trustOf(row),
      root: row.root,
      createdAt: row.created_at,
    };
  }

  /** The same object while nothing has changed: what is made of its certificates is kept by it (createClientVerifier). */
  #trustOf({ tenant_id: tenantId, trust: encoded }: Row): ClientTrust {
    const known = this.#trust.get(tenantId);
    if (known?.encoded.equals(encoded) === true) return known.decoded;
    const decoded = ClientTrust.decode(encoded);
    this.#trust.set(tenantId, { encoded, decoded });
    return decoded;
  }
}
