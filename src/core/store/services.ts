import { ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Connection, Statement } from '../../sqlite/index.ts';

export interface ServiceRecord {
  readonly tenantId: string;
  readonly serviceId: string;
  readonly serviceKeyId: string;
  readonly policy: ServicePolicy;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

interface Row {
  readonly tenant_id: string;
  readonly service_id: string;
  readonly service_key_id: string;
  readonly policy: Buffer;
  readonly created_at: number;
}

export class ServiceTable {
  readonly #get: Statement<[string, string], Row>;
  readonly #list: Statement<[], Row>;
  readonly #ofTenant: Statement<[string], Row>;
  readonly #ofGateway: Statement<[string], Row>;
  readonly #insert: Statement<[string, string, string, Uint8Array, number]>;
  readonly #setPolicy: Statement<[Uint8Array, string, string]>;
  readonly #count: Statement<[], { readonly n: number }>;

  constructor(connection: Connection) {
    this.#get = connection.prepare('SELECT * FROM services WHERE tenant_id = ? AND service_id = ?');
    this.#list = connection.prepare('SELECT * FROM services ORDER BY tenant_id, service_id');
    this.#ofTenant = connection.prepare(
      'SELECT * FROM services WHERE tenant_id = ? ORDER BY service_id',
    );
    this.#ofGateway = connection.prepare(
      `SELECT s.* FROM gateway_scopes g JOIN services s USING (tenant_id, service_id)
       WHERE g.gateway_id = ? ORDER BY s.tenant_id, s.service_id`,
    );
    this.#insert = connection.prepare('INSERT INTO services VALUES (?, ?, ?, ?, ?)');
    this.#setPolicy = connection.prepare(
      'UPDATE services SET policy = ? WHERE tenant_id = ? AND service_id = ?',
    );
    this.#count = connection.prepare('SELECT count(*) AS n FROM services');
  }

  get(tenantId: string, serviceId: string): ServiceRecord | undefined {
    const row = this.#get.get(tenantId, serviceId);
    return row && recordOf(row);
  }

  list(): readonly ServiceRecord[] {
    return this.#list.all().map(recordOf);
  }

  ofTenant(tenantId: string): readonly ServiceRecord[] {
    return this.#ofTenant.all(tenantId).map(recordOf);
  }

  /** The services that a Gateway may serve. */
  ofGateway(gatewayId: string): readonly ServiceRecord[] {
    return this.#ofGateway.all(gatewayId).map(recordOf);
  }

  insert(service: ServiceRecord): void {
    const { tenantId, serviceId, serviceKeyId, policy, createdAt } = service;
    const encoded = ServicePolicy.encode(policy).finish();
    this.#insert.run(tenantId, serviceId, serviceKeyId, encoded, createdAt);
  }

  setPolicy(tenantId: string, serviceId: string, policy: ServicePolicy): void {
    this.#setPolicy.run(ServicePolicy.encode(policy).finish(), tenantId, serviceId);
  }

  count(): number {
    return this.#count.get()?.n ?? 0;
  }
}

function recordOf(row: Row): ServiceRecord {
  return {
    tenantId: row.tenant_id,
    serviceId: row.service_id,
    serviceKeyId: row.service_key_id,
    policy: ServicePolicy.decode(row.policy),
    createdAt: row.created_at,
  };
}
