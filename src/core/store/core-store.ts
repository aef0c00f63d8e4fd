import {
  databaseFailure,
  openDatabase,
  type Connection,
  type OwnedDatabase,
} from '../../sqlite/index.ts';
import { AnswerTable } from './answers.ts';
import { AuditTable } from './audit.ts';
import { CoreTable } from './core-table.ts';
import { EventTable } from './events.ts';
import { GatewayTable } from './gateways.ts';
import { GrantTable } from './grants.ts';
import { KeyTable } from './keys.ts';
import { CORE_SCHEMA } from './schema.ts';
import { ServiceKeyTable } from './service-keys.ts';
import { ServiceTable } from './services.ts';
import { TenantTable } from './tenants.ts';
import { VaultTable } from './vaults.ts';

export interface CoreStoreOptions {
  /** Absolute path of the database file. */
  readonly path: string;
  /** User this process runs as. */
  readonly uid: number;
}

const CACHE_BYTES = 16 * 1024 * 1024;
const AUTOCHECKPOINT_PAGES = 1000;

/**
 * The Core's tables. Every call is synchronous: the Core answers nothing that is not on the disk, and has nothing else to
 * do until it is. What is changed is changed inside `transaction`.
 */
export class CoreStore {
  readonly core: CoreTable;
  readonly tenants: TenantTable;
  readonly services: ServiceTable;
  readonly serviceKeys: ServiceKeyTable;
  readonly gateways: GatewayTable;
  readonly vaults: VaultTable;
  readonly keys: KeyTable;
  readonly events: EventTable;
  readonly grants: GrantTable;
  readonly answers: AnswerTable;
  readonly audit: AuditTable;
  readonly #database: OwnedDatabase;
  #afterCommit: (() => void)[] = [];

  private constructor(database: OwnedDatabase) {
    const { connection } = database;
    this.#database = database;
    this.core = new CoreTable(connection);
    this.tenants = new TenantTable(connection);
    this.services = new ServiceTable(connection);
    this.serviceKeys = new ServiceKeyTable(connection);
    this.gateways = new GatewayTable(connection);
    this.vaults = new VaultTable(connection);
    this.keys = new KeyTable(connection);
    this.events = new EventTable(connection);
    this.grants = new GrantTable(connection);
    this.answers = new AnswerTable(connection);
    this.audit = new AuditTable(connection);
  }

  /** Opens the database for this process alone, and makes it when it is absent. Throws what openDatabase throws. */
  static open(options: CoreStoreOptions): CoreStore {
    const database = openDatabase({
      path: options.path,
      subject: 'core store',
      uid: options.uid,
      schema: CORE_SCHEMA,
      tuning: { cacheBytes: CACHE_BYTES, autocheckpointPages: AUTOCHECKPOINT_PAGES },
      check: true,
    });
    try {
      return new CoreStore(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** For backups alone. */
  get connection(): Connection {
    return this.#database.connection;
  }

  /**
   * Runs `work` as one transaction; what it did is on the disk when this returns, or none of it when it throws. Within
   * another transaction it is a part of that one. Throws VAULT_DISK_FULL, VAULT_UNAVAILABLE, VAULT_DAMAGED.
   */
  transaction<T>(work: () => T): T {
    const { connection } = this.#database;
    if (connection.inTransaction) return work();
    let result: T;
    try {
      result = connection.transaction(work).immediate();
    } catch (error) {
      this.#afterCommit = [];
      throw databaseFailure(error, 'core store');
    }
    for (const action of this.#afterCommit.splice(0)) action();
    return result;
  }

  /** Runs `action` once the transaction under way is on the disk; not at all when it fails. */
  afterCommit(action: () => void): void {
    this.#afterCommit.push(action);
  }

  /** Takes what was deleted out of the write-ahead log, too: for destroyed keys. */
  shred(): void {
    this.#database.connection.pragma('wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#database.close();
  }
}
