import type { Connection, Statement } from '../../sqlite/index.ts';

/** The last grant of a service key version to a Gateway. */
export interface GrantRecord {
  readonly serviceKeyId: string;
  readonly version: number;
  readonly grantId: string;
  /** SHA-256 of everything that it promises but its times. */
  readonly basis: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** The Gateway said that it holds the same key. */
  readonly loaded: boolean;
}

interface Row {
  readonly service_key_id: string;
  readonly version: number;
  readonly grant_id: string;
  readonly basis: Buffer;
  readonly not_after: number;
  readonly loaded: number;
}

export class GrantTable {
  readonly #get: Statement<[string, string, number], Row>;
  readonly #byId: Statement<[string, string], Row>;
  readonly #put: Statement<[string, string, number, string, Uint8Array, number]>;
  readonly #loaded: Statement<[string]>;
  readonly #nextSequence: Statement<[string, string], { readonly sequence: number }>;

  constructor(connection: Connection) {
    this.#get = connection.prepare(
      'SELECT * FROM grants WHERE gateway_id = ? AND service_key_id = ? AND version = ?',
    );
    this.#byId = connection.prepare('SELECT * FROM grants WHERE gateway_id = ? AND grant_id = ?');
    this.#put = connection.prepare('INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?, ?, ?, 0)');
    this.#loaded = connection.prepare('UPDATE grants SET loaded = 1 WHERE grant_id = ?');
    this.#nextSequence = connection.prepare(
      `INSERT INTO grant_sequences VALUES (?, ?, 1) ON CONFLICT
       DO UPDATE SET sequence = sequence + 1 RETURNING sequence`,
    );
  }

  get(gatewayId: string, serviceKeyId: string, version: number): GrantRecord | undefined {
    const row = this.#get.get(gatewayId, serviceKeyId, version);
    return row && recordOf(row);
  }

  byId(gatewayId: string, grantId: string): GrantRecord | undefined {
    const row = this.#byId.get(gatewayId, grantId);
    return row && recordOf(row);
  }

  /** In the place of the one before; not loaded yet. */
  put(gatewayId: string, grant: Omit<GrantRecord, 'loaded'>): void {
    const { serviceKeyId, version, grantId, basis, notAfter } = grant;
    this.#put.run(gatewayId, serviceKeyId, version, grantId, basis, notAfter);
  }

  setLoaded(grantId: string): void {
    this.#loaded.run(grantId);
  }

  /** Numbers the grants of a service key to a Gateway, from 1. */
  nextSequence(gatewayId: string, serviceKeyId: string): number {
    return this.#nextSequence.get(gatewayId, serviceKeyId)?.sequence ?? 1;
  }
}

function recordOf(row: Row): GrantRecord {
  return {
    serviceKeyId: row.service_key_id,
    version: row.version,
    grantId: row.grant_id,
    basis: row.basis,
    notAfter: row.not_after,
    loaded: row.loaded === 1,
  };
}
