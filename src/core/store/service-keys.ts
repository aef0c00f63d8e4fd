import { ServiceKeyState } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Connection, Statement } from '../../sqlite/index.ts';

/** A state that means something. */
export type KnownServiceKeyState = Exclude<
  ServiceKeyState,
  typeof ServiceKeyState.SERVICE_KEY_STATE_UNSPECIFIED | typeof ServiceKeyState.UNRECOGNIZED
>;

/** One version of a service key (L3). */
export interface ServiceKeyRecord {
  readonly serviceKeyId: string;
  readonly version: number;
  readonly state: KnownServiceKeyState;
  /** What it goes back to when it is no longer suspended. */
  readonly suspendedFrom: KnownServiceKeyState | undefined;
  /** Under its tenant root; undefined once destroyed. */
  readonly wrapped: Uint8Array | undefined;
  readonly checkValue: Uint8Array;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

interface Row {
  readonly service_key_id: string;
  readonly version: number;
  readonly state: KnownServiceKeyState;
  readonly suspended_from: KnownServiceKeyState | null;
  readonly wrapped: Buffer | null;
  readonly check_value: Buffer;
  readonly created_at: number;
}

export class ServiceKeyTable {
  readonly #get: Statement<[string, number], Row>;
  readonly #active: Statement<[string], Row>;
  readonly #list: Statement<[string], Row>;
  readonly #insert: Statement<[string, number, Uint8Array, Uint8Array, number]>;
  readonly #setState: Statement<[number, number | null, string, number]>;
  readonly #wipe: Statement<[string, number]>;

  constructor(connection: Connection) {
    const select = 'SELECT * FROM service_keys WHERE service_key_id = ?';
    this.#get = connection.prepare(`${select} AND version = ?`);
    this.#active = connection.prepare(
      `${select} AND state = ${ServiceKeyState.SERVICE_KEY_STATE_ACTIVE}`,
    );
    this.#list = connection.prepare(`${select} ORDER BY version`);
    this.#insert = connection.prepare(
      `INSERT INTO service_keys VALUES (?, ?, ${ServiceKeyState.SERVICE_KEY_STATE_ACTIVE}, NULL, ?, ?, ?)`,
    );
    this.#setState = connection.prepare(
      'UPDATE service_keys SET state = ?, suspended_from = ? WHERE service_key_id = ? AND version = ?',
    );
    this.#wipe = connection.prepare(
      'UPDATE service_keys SET wrapped = NULL WHERE service_key_id = ? AND version = ?',
    );
  }

  get(serviceKeyId: string, version: number): ServiceKeyRecord | undefined {
    const row = this.#get.get(serviceKeyId, version);
    return row && recordOf(row);
  }

  active(serviceKeyId: string): ServiceKeyRecord | undefined {
    const row = this.#active.get(serviceKeyId);
    return row && recordOf(row);
  }

  /** Every version, the oldest first. */
  list(serviceKeyId: string): readonly ServiceKeyRecord[] {
    return this.#list.all(serviceKeyId).map(recordOf);
  }

  /** A new version, active. No other may be active. */
  insert(key: {
    readonly serviceKeyId: string;
    readonly version: number;
    readonly wrapped: Uint8Array;
    readonly checkValue: Uint8Array;
    readonly createdAt: number;
  }): void {
    this.#insert.run(key.serviceKeyId, key.version, key.wrapped, key.checkValue, key.createdAt);
  }

  setState(
    key: Pick<ServiceKeyRecord, 'serviceKeyId' | 'version'>,
    state: KnownServiceKeyState,
    suspendedFrom?: KnownServiceKeyState,
  ): void {
    this.#setState.run(state, suspendedFrom ?? null, key.serviceKeyId, key.version);
  }

  /** Takes the wrapped key away for good. */
  wipe(key: Pick<ServiceKeyRecord, 'serviceKeyId' | 'version'>): void {
    this.#wipe.run(key.serviceKeyId, key.version);
  }
}

function recordOf(row: Row): ServiceKeyRecord {
  return {
    serviceKeyId: row.service_key_id,
    version: row.version,
    state: row.state,
    suspendedFrom: row.suspended_from ?? undefined,
    wrapped: row.wrapped ?? undefined,
    checkValue: row.check_value,
    createdAt: row.created_at,
  };
}
