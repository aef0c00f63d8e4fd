import type { Connection, Statement } from '../../sqlite/index.ts';

/** A vault that a Gateway enrolled with. */
export interface VaultRecord {
  readonly vaultId: string;
  readonly gatewayId: string;
  /** Highest count of openings that was told. */
  readonly generation: number;
  readonly instanceId: string;
  /** Outbox entries up to this sequence are settled; below 0: it has enrolled, and not said yet where it stands. */
  readonly settled: number;
}

interface Row {
  readonly vault_id: string;
  readonly gateway_id: string;
  readonly generation: number;
  readonly instance_id: string;
  readonly settled: number;
}

export class VaultTable {
  readonly #get: Statement<[string], Row>;
  readonly #put: Statement<[string, string, number, string]>;
  readonly #settle: Statement<[number, string]>;

  constructor(connection: Connection) {
    this.#get = connection.prepare('SELECT * FROM vaults WHERE vault_id = ?');
    this.#put = connection.prepare(
      `INSERT INTO vaults VALUES (?, ?, ?, ?, -1) ON CONFLICT (vault_id)
       DO UPDATE SET generation = excluded.generation, instance_id = excluded.instance_id`,
    );
    this.#settle = connection.prepare(
      'UPDATE vaults SET settled = max(settled, ?) WHERE vault_id = ?',
    );
  }

  get(vaultId: string): VaultRecord | undefined {
    const row = this.#get.get(vaultId);
    return (
      row && {
        vaultId: row.vault_id,
        gatewayId: row.gateway_id,
        generation: row.generation,
        instanceId: row.instance_id,
        settled: row.settled,
      }
    );
  }

  put(vault: Omit<VaultRecord, 'settled'>): void {
    this.#put.run(vault.vaultId, vault.gatewayId, vault.generation, vault.instanceId);
  }

  /** Outbox entries up to `sequence` are settled; a smaller one than before is a no-op. */
  settle(vaultId: string, sequence: number): void {
    this.#settle.run(sequence, vaultId);
  }
}
