import type { Connection, Statement } from '../../sqlite/index.ts';

/** What the Core knows of itself. */
export interface CoreRecord {
  readonly clusterId: string;
  readonly region: string;
  readonly epoch: number;
  readonly governanceVersion: number;
  /** The grant signing key under the root key. */
  readonly grantKey: Uint8Array;
}

interface Row {
  readonly cluster_id: string;
  readonly region: string;
  readonly epoch: number;
  readonly governance_version: number;
  readonly grant_key: Buffer;
}

export class CoreTable {
  readonly #read: Statement<[], Row>;
  readonly #insert: Statement<[string, string, Uint8Array, number]>;
  readonly #addEpochs: Statement<[number]>;
  readonly #bumpGovernance: Statement<[]>;

  constructor(connection: Connection) {
    this.#read = connection.prepare('SELECT * FROM core');
    this.#insert = connection.prepare('INSERT INTO core VALUES (1, ?, ?, 0, 1, ?, ?)');
    this.#addEpochs = connection.prepare('UPDATE core SET epoch = epoch + ?');
    this.#bumpGovernance = connection.prepare(
      'UPDATE core SET governance_version = governance_version + 1',
    );
  }

  /** Undefined before the first start. */
  get(): CoreRecord | undefined {
    const row = this.#read.get();
    return (
      row && {
        clusterId: row.cluster_id,
        region: row.region,
        epoch: row.epoch,
        governanceVersion: row.governance_version,
        grantKey: row.grant_key,
      }
    );
  }

  insert(clusterId: string, region: string, grantKey: Uint8Array, now: number): void {
    this.#insert.run(clusterId, region, grantKey, now);
  }

  addEpochs(count: number): void {
    this.#addEpochs.run(count);
  }

  /** To be called with every change of a policy, of trust, or of who is governed. */
  bumpGovernance(): void {
    this.#bumpGovernance.run();
  }
}
