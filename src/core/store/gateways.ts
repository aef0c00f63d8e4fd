import { EnrollRequest, type SealingKey } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Connection, Statement } from '../../sqlite/index.ts';

export type GatewayState = 'ACTIVE' | 'DECOMMISSIONED';

export interface GatewayRecord {
  readonly gatewayId: string;
  readonly name: string;
  /** URI SAN of its certificate. */
  readonly identity: string;
  readonly state: GatewayState;
  /** Counts enrolments. */
  readonly generation: number;
  readonly instanceId: string | undefined;
  readonly vaultId: string | undefined;
  /** Where service keys may be sealed to, as of the last enrolment. */
  readonly sealingKeys: readonly SealingKey[];
  /** Milliseconds since 1970. */
  readonly lastHeartbeat: number | undefined;
  readonly createdAt: number;
}

export interface Enrolment {
  readonly generation: number;
  readonly instanceId: string;
  readonly vaultId: string;
  readonly sealingKeys: readonly SealingKey[];
}

interface Row {
  readonly gateway_id: string;
  readonly name: string;
  readonly identity: string;
  readonly state: GatewayState;
  readonly generation: number;
  readonly instance_id: string | null;
  readonly vault_id: string | null;
  readonly sealing_keys: Buffer | null;
  readonly last_heartbeat: number | null;
  readonly created_at: number;
}

export class GatewayTable {
  readonly #get: Statement<[string], Row>;
  readonly #byIdentity: Statement<[string], Row>;
  readonly #byName: Statement<[string], Row>;
  readonly #list: Statement<[], Row>;
  readonly #ofService: Statement<[string, string], Row>;
  readonly #ofTenant: Statement<[string], Row>;
  readonly #insert: Statement<[string, string, string, number]>;
  readonly #insertScope: Statement<[string, string, string]>;
  readonly #hasScope: Statement<[string, string, string], { readonly found: 1 }>;
  readonly #enrol: Statement<[number, string, string, Uint8Array, string]>;
  readonly #beat: Statement<[number, string]>;
  readonly #decommission: Statement<[string]>;

  constructor(connection: Connection) {
    this.#get = connection.prepare('SELECT * FROM gateways WHERE gateway_id = ?');
    this.#byIdentity = connection.prepare('SELECT * FROM gateways WHERE identity = ?');
    this.#byName = connection.prepare('SELECT * FROM gateways WHERE name = ?');
    this.#list = connection.prepare('SELECT * FROM gateways ORDER BY name');
    const serving = (condition: string): string =>
      `SELECT * FROM gateways WHERE state = 'ACTIVE' AND gateway_id IN
       (SELECT gateway_id FROM gateway_scopes WHERE ${condition}) ORDER BY gateway_id`;
    this.#ofService = connection.prepare(serving('tenant_id = ? AND service_id = ?'));
    this.#ofTenant = connection.prepare(serving('tenant_id = ?'));
    this.#insert = connection.prepare(
      "INSERT INTO gateways VALUES (?, ?, ?, 'ACTIVE', 0, NULL, NULL, NULL, NULL, ?)",
    );
    this.#insertScope = connection.prepare('INSERT INTO gateway_scopes VALUES (?, ?, ?)');
    this.#hasScope = connection.prepare(
      'SELECT 1 AS found FROM gateway_scopes WHERE gateway_id = ? AND tenant_id = ? AND service_id = ?',
    );
    this.#enrol = connection.prepare(
      `UPDATE gateways SET generation = ?, instance_id = ?, vault_id = ?, sealing_keys = ?
       WHERE gateway_id = ?`,
    );
    this.#beat = connection.prepare('UPDATE gateways SET last_heartbeat = ? WHERE gateway_id = ?');
    this.#decommission = connection.prepare(
      "UPDATE gateways SET state = 'DECOMMISSIONED' WHERE gateway_id = ?",
    );
  }

  get(gatewayId: string): GatewayRecord | undefined {
    const row = this.#get.get(gatewayId);
    return row && recordOf(row);
  }

  byIdentity(identity: string): GatewayRecord | undefined {
    const row = this.#byIdentity.get(identity);
    return row && recordOf(row);
  }

  byName(name: string): GatewayRecord | undefined {
    const row = this.#byName.get(name);
    return row && recordOf(row);
  }

  list(): readonly GatewayRecord[] {
    return this.#list.all().map(recordOf);
  }

  /** Gateways that serve this service and were not decommissioned. */
  ofService(tenantId: string, serviceId: string): readonly GatewayRecord[] {
    return this.#ofService.all(tenantId, serviceId).map(recordOf);
  }

  /** Gateways that serve any service of this tenant and were not decommissioned. */
  ofTenant(tenantId: string): readonly GatewayRecord[] {
    return this.#ofTenant.all(tenantId).map(recordOf);
  }

  insert(gateway: {
    readonly gatewayId: string;
    readonly name: string;
    readonly identity: string;
    readonly createdAt: number;
    readonly scopes: readonly { readonly tenantId: string; readonly serviceId: string }[];
  }): void {
    this.#insert.run(gateway.gatewayId, gateway.name, gateway.identity, gateway.createdAt);
    for (const { tenantId, serviceId } of gateway.scopes) {
      this.#insertScope.run(gateway.gatewayId, tenantId, serviceId);
    }
  }

  hasScope(gatewayId: string, tenantId: string, serviceId: string): boolean {
    return this.#hasScope.get(gatewayId, tenantId, serviceId) !== undefined;
  }

  enrol(gatewayId: string, enrolment: Enrolment): void {
    const { generation, instanceId, vaultId, sealingKeys } = enrolment;
    this.#enrol.run(generation, instanceId, vaultId, encodeSealingKeys(sealingKeys), gatewayId);
  }

  beat(gatewayId: string, now: number): void {
    this.#beat.run(now, gatewayId);
  }

  decommission(gatewayId: string): void {
    this.#decommission.run(gatewayId);
  }
}

function recordOf(row: Row): GatewayRecord {
  return {
    gatewayId: row.gateway_id,
    name: row.name,
    identity: row.identity,
    state: row.state,
    generation: row.generation,
    instanceId: row.instance_id ?? undefined,
    vaultId: row.vault_id ?? undefined,
    sealingKeys:
      row.sealing_keys === null ? [] : EnrollRequest.decode(row.sealing_keys).sealingKeys,
    lastHeartbeat: row.last_heartbeat ?? undefined,
    createdAt: row.created_at,
  };
}

/** The message they came in is the only one that holds a list of them. */
function encodeSealingKeys(sealingKeys: readonly SealingKey[]): Uint8Array {
  return EnrollRequest.encode({
    gatewayName: '',
    instanceId: '',
    vaultId: '',
    vaultGeneration: 0n,
    sealingKeys: [...sealingKeys],
    software: undefined,
    capabilities: [],
    lastCore: undefined,
  }).finish();
}
