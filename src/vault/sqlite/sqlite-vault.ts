import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../../errors/index.ts';
import { claimDatabase, type InstanceLock } from '../../sqlite/index.ts';
import {
  checkAuditQuery,
  checkLocateQuery,
  checkPage,
  checkScanQuery,
  checkSequence,
  checkTransaction,
} from '../check-arguments.ts';
import type {
  AuditQuery,
  AuditRow,
  KeyRow,
  LocatePage,
  LocateQuery,
  OutboxRow,
  ScanQuery,
  Vault,
  VaultFacts,
  VaultTransaction,
} from '../vault.ts';
import { Reader } from './reader/reader.ts';
import { RowCache } from './row-cache.ts';
import { WriterClient, type WriterNotice } from './writer/writer-client.ts';

export interface SqliteVaultOptions {
  /** Absolute path of the database file, in a directory of its own. Both are made when they are absent. */
  readonly path: string;
  /** User this process runs as, process.getuid(). */
  readonly uid: number;
  /** A fresh UUID, which becomes the vault's identity when the file is made. */
  readonly newVaultId: string;
  /** Most outbox entries that may wait for an acknowledgement. */
  readonly outboxLimit: number;
  /** Bytes that must stay free on the file system: below, no new key is taken, and everything else goes on. */
  readonly minimumFreeBytes: number;
  /** Look at every page of the file before serving: half a second for a million keys. Default: true. */
  readonly check?: boolean;
  /** A monotonic clock in milliseconds. */
  readonly monotonic: () => number;
  /** Is told, with the size of the file in bytes, when that look takes longer than two seconds. Default: nobody. */
  readonly slowCheck?: (fileBytes: number) => void;
  /** Is told what an operator should see: trouble with the disk and its end. Default: nobody. */
  readonly notice?: (notice: WriterNotice) => void;
  /** Is told how long each commit took, in milliseconds, with its flush to the disk. Must not throw. Default: nobody. */
  readonly commitTook?: (milliseconds: number) => void;
}

const SLOW_CHECK_MS = 2000;

/**
 * A vault in one SQLite file: commits in a thread of its own, in groups, each flushed to the disk before it is answered;
 * reads on the caller's thread. One process at a time. Rows that come out are shared with later readers: nobody writes into
 * their bytes.
 */
export class SqliteVault implements Vault {
  readonly #path: string;
  readonly #lock: InstanceLock;
  readonly #writer: WriterClient;
  readonly #reader: Reader;
  readonly #rows = new RowCache();
  #open = true;

  private constructor(path: string, lock: InstanceLock, writer: WriterClient) {
    this.#path = path;
    this.#lock = lock;
    this.#writer = writer;
    this.#reader = new Reader(path);
  }

  /**
   * Opens the vault, and makes it when it is absent. VAULT_LOCKED, VAULT_VERSION_NEWER, VAULT_FOREIGN, VAULT_INSECURE,
   * VAULT_UNUSABLE, VAULT_DAMAGED, VAULT_DISK_FULL, VAULT_UNAVAILABLE; then nothing is left open.
   */
  static async open(options: SqliteVaultOptions): Promise<SqliteVault> {
    const { path, uid, newVaultId, outboxLimit, minimumFreeBytes, check = true } = options;
    const lock = claimDatabase({ path, uid, subject: 'vault' });
    const writer = new WriterClient({
      start: { path, uid, newVaultId, outboxLimit, minimumFreeBytes, check, counts: true },
      notice: options.notice ?? (() => undefined),
      ...(options.commitTook === undefined ? {} : { commitTook: options.commitTook }),
      monotonic: options.monotonic,
    });
    const slow = setTimeout(() => options.slowCheck?.(fileBytesOf(path)), SLOW_CHECK_MS);
    try {
      await writer.open();
      return new SqliteVault(path, lock, writer);
    } catch (error) {
      lock.release();
      throw error;
    } finally {
      clearTimeout(slow);
    }
  }

  commit(transaction: VaultTransaction): Promise<void> {
    return this.#answer(() => {
      checkTransaction(transaction);
      return this.#rows.during(transaction, this.#writer.submit(transaction));
    });
  }

  get(tenant: string, uid: string): Promise<KeyRow | undefined> {
    return this.#answer(() => {
      const kept = this.#rows.get(tenant, uid);
      if (kept !== undefined) return kept;
      const row = this.#reader.get(tenant, uid);
      if (row !== undefined) this.#rows.keep(row);
      return row;
    });
  }

  locate(query: LocateQuery): Promise<LocatePage> {
    return this.#answer(() => {
      checkLocateQuery(query);
      return this.#reader.locate(query);
    });
  }

  scan(query: ScanQuery): Promise<readonly KeyRow[]> {
    return this.#answer(() => {
      checkScanQuery(query);
      return this.#reader.scan(query);
    });
  }

  outbox(limit: number): Promise<readonly OutboxRow[]> {
    return this.#answer(() => {
      checkPage(limit);
      return this.#reader.outbox(limit);
    });
  }

  acknowledgeOutbox(sequence: number): Promise<void> {
    return this.#answer(() => {
      checkSequence(sequence);
      return this.#writer.submit({ acknowledge: sequence });
    });
  }

  pendingSequence(uid: string): Promise<number> {
    return this.#answer(() => this.#reader.pendingSequence(uid));
  }

  readState(name: string): Promise<Uint8Array | undefined> {
    return this.#answer(() => this.#reader.readState(name));
  }

  readStates(prefix: string): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#answer(() => this.#reader.readStates(prefix));
  }

  audit(query: AuditQuery): Promise<readonly AuditRow[]> {
    return this.#answer(() => {
      checkAuditQuery(query);
      return this.#reader.audit(query);
    });
  }

  forgetAudit(sequence: number): Promise<void> {
    return this.#answer(() => {
      checkSequence(sequence);
      return this.#writer.submit({ forgetAudit: sequence });
    });
  }

  facts(): Promise<VaultFacts> {
    return this.#answer(() => {
      const { keys, shredPending, trouble } = this.#writer.state;
      const freeBytes = freeBytesOf(dirname(this.#path));
      return {
        ...this.#reader.facts(),
        keys,
        shredPending,
        ...(trouble === undefined ? {} : { trouble: trouble.code }),
        fileBytes: fileBytesOf(this.#path),
        ...(freeBytes === undefined ? {} : { freeBytes }),
      };
    });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    // First, so that the writer is the last to close the file, and takes the log away.
    this.#reader.close();
    await this.#writer.close();
    this.#lock.release();
  }

  /** The result of `work`, begun at once: a read is done when this returns. */
  #answer<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    return new Promise((resolve) => {
      if (!this.#open) throw new BrokerError('VAULT_UNAVAILABLE', 'the vault is closed');
      resolve(work());
    });
  }
}

function fileBytesOf(path: string): number {
  return ['', '-wal', '-shm']
    .map((suffix) => statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}

function freeBytesOf(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
