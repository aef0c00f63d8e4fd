import { BrokerError } from '../../errors/index.ts';
import { firstLink, nextLink, type ChainEnd } from '../audit-chain.ts';
import {
  checkAuditQuery,
  checkLocateQuery,
  checkPage,
  checkScanQuery,
  checkGiven,
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
  SearchTerm,
  Vault,
  VaultFacts,
  VaultTransaction,
} from '../vault.ts';
import { copyBytes, copyOutboxEntry, type StoredKey } from './copies.ts';
import { KeyOrder } from './key-order.ts';
import { StagedKeys } from './staged-keys.ts';

export interface MemoryVaultOptions {
  /** A UUID. */
  readonly vaultId: string;
  /** Most outbox entries that may wait for an acknowledgement. Default: no bound. */
  readonly outboxLimit?: number;
}

/** A vault that forgets everything when the process ends: for tests, and as the second reading of the contract. */
export class MemoryVault implements Vault {
  readonly #vaultId: string;
  readonly #outboxLimit: number;
  readonly #keys = new Map<string, StoredKey>();
  readonly #order = new KeyOrder();
  #audit: AuditRow[] = [];
  /** The last entry that was forgotten. */
  #auditBase: ChainEnd;
  readonly #states = new Map<string, Uint8Array>();
  #outbox: OutboxRow[] = [];
  #outboxHead = 0;
  #outboxAcknowledged = 0;
  #open = true;

  constructor(options: MemoryVaultOptions) {
    this.#vaultId = options.vaultId;
    this.#auditBase = { sequence: 0, link: firstLink(options.vaultId) };
    this.#outboxLimit = options.outboxLimit ?? Number.POSITIVE_INFINITY;
  }

  commit(transaction: VaultTransaction): Promise<void> {
    return this.#answer(() => {
      checkTransaction(transaction);
      const staged = StagedKeys.of(this.#keys, this.#order, transaction);
      const outbox = transaction.outbox ?? [];
      if (outbox.length > 0 && this.#outbox.length + outbox.length > this.#outboxLimit) {
        throw new BrokerError('VAULT_OUTBOX_FULL', 'the outbox is full');
      }
      // Nothing can fail from here on.
      this.#apply(staged);
      for (const entry of outbox) {
        this.#outboxHead += 1;
        this.#outbox.push({ ...copyOutboxEntry(entry), sequence: this.#outboxHead });
      }
      this.#appendAudit(transaction);
      for (const [name, value] of transaction.states ?? []) {
        if (value === undefined) this.#states.delete(name);
        else this.#states.set(name, copyBytes(value));
      }
    });
  }

  get(tenant: string, uid: string): Promise<KeyRow | undefined> {
    return this.#answer(() => {
      const row = this.#keys.get(uid)?.row;
      return row?.tenant === tenant ? row : undefined;
    });
  }

  locate(query: LocateQuery): Promise<LocatePage> {
    return this.#answer(() => {
      checkLocateQuery(query);
      const rows = this.#rows(
        ({ row, terms }) => matchesLocate(row, query) && hasTerms(terms, query.terms),
        { after: query.after, limit: query.limit + 1 },
      );
      const page = rows.slice(0, query.limit);
      const next = rows.length > query.limit ? page.at(-1)?.id : undefined;
      return { rows: page, more: next !== undefined, ...(next !== undefined && { next }) };
    });
  }

  scan(query: ScanQuery): Promise<readonly KeyRow[]> {
    return this.#answer(() => {
      checkScanQuery(query);
      return this.#rows(({ row }) => matchesScan(row, query), query);
    });
  }

  outbox(limit: number): Promise<readonly OutboxRow[]> {
    return this.#answer(() => {
      checkPage(limit);
      return this.#outbox.slice(0, limit);
    });
  }

  acknowledgeOutbox(sequence: number): Promise<void> {
    return this.#answer(() => {
      checkSequence(sequence);
      checkGiven(sequence, this.#outboxHead);
      if (sequence <= this.#outboxAcknowledged) return;
      this.#outboxAcknowledged = sequence;
      this.#outbox = this.#outbox.filter((row) => row.sequence > sequence);
    });
  }

  pendingSequence(uid: string): Promise<number> {
    return this.#answer(() => this.#outbox.findLast((row) => row.uid === uid)?.sequence ?? 0);
  }

  readState(name: string): Promise<Uint8Array | undefined> {
    return this.#answer(() => this.#states.get(name));
  }

  readStates(prefix: string): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#answer(
      () =>
        new Map(
          [...this.#states]
            .filter(([name]) => name.startsWith(prefix))
            .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        ),
    );
  }

  audit(query: AuditQuery): Promise<readonly AuditRow[]> {
    return this.#answer(() => {
      checkAuditQuery(query);
      const from = Math.max(0, query.after - this.#auditBase.sequence);
      return this.#audit.slice(from, from + query.limit);
    });
  }

  forgetAudit(sequence: number): Promise<void> {
    return this.#answer(() => {
      checkSequence(sequence);
      checkGiven(sequence, this.#auditHead.sequence);
      const last = this.#audit[sequence - this.#auditBase.sequence - 1];
      if (last === undefined) return;
      this.#auditBase = last;
      this.#audit = this.#audit.filter((row) => row.sequence > sequence);
    });
  }

  facts(): Promise<VaultFacts> {
    return this.#answer(() => {
      const oldest = this.#outbox[0]?.createdAt;
      return {
        vaultId: this.#vaultId,
        generation: 1,
        keys: this.#keys.size,
        quarantined: [...this.#keys.values()].filter(({ row }) => row.quarantine !== undefined)
          .length,
        outboxDepth: this.#outbox.length,
        ...(oldest === undefined ? {} : { outboxOldest: oldest }),
        outboxHead: this.#outboxHead,
        outboxAcknowledged: this.#outboxAcknowledged,
        auditHead: this.#auditHead.sequence,
        shredPending: false,
        fileBytes: 0,
      };
    });
  }

  close(): Promise<void> {
    this.#open = false;
    return Promise.resolve();
  }

  #apply(staged: StagedKeys): void {
    for (const [uid, key] of staged.changes) {
      const before = this.#keys.get(uid);
      if (before !== undefined) this.#order.remove(before.row.id);
      this.#keys.delete(uid);
      if (key !== undefined) {
        this.#keys.set(uid, key);
        this.#order.add(key.row.id, uid);
      }
    }
  }

  #appendAudit(transaction: VaultTransaction): void {
    for (const entry of transaction.audit ?? []) {
      const before = this.#auditHead;
      const sequence = before.sequence + 1;
      this.#audit.push({ ...entry, sequence, link: nextLink(before.link, sequence, entry) });
    }
  }

  /** The last entry there was. */
  get #auditHead(): ChainEnd {
    return this.#audit.at(-1) ?? this.#auditBase;
  }

  #rows(
    matches: (key: StoredKey) => boolean,
    page: { readonly after?: Uint8Array | undefined; readonly limit: number },
  ): KeyRow[] {
    const rows: KeyRow[] = [];
    for (const uid of this.#order.after(page.after)) {
      const key = this.#keys.get(uid);
      if (key !== undefined && matches(key)) rows.push(key.row);
      if (rows.length === page.limit) break;
    }
    return rows;
  }

  /** The result of `work` as a settled promise, so that callers cannot come to rely on an order no real vault has. */
  #answer<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve) => {
      if (!this.#open) throw new BrokerError('VAULT_UNAVAILABLE', 'the vault is closed');
      resolve(work());
    });
  }
}

function matchesLocate(row: KeyRow, query: LocateQuery): boolean {
  return (
    row.tenant === query.tenant &&
    row.service === query.service &&
    (query.objectType === undefined || row.objectType === query.objectType) &&
    (query.states === undefined || query.states.includes(row.state))
  );
}

function hasTerms(terms: readonly SearchTerm[], wanted: readonly SearchTerm[]): boolean {
  return wanted.every(({ name, value }) =>
    terms.some((term) => term.name === name && term.value === value),
  );
}

function matchesScan(row: KeyRow, query: ScanQuery): boolean {
  return (
    (query.tenant === undefined || row.tenant === query.tenant) &&
    (query.service === undefined || row.service === query.service) &&
    (query.serviceKeyId === undefined || row.serviceKeyId === query.serviceKeyId) &&
    (query.serviceKeyVersion === undefined || row.serviceKeyVersion === query.serviceKeyVersion) &&
    (query.unbound !== true || row.mac.length === 0) &&
    (query.quarantined === undefined || (row.quarantine !== undefined) === query.quarantined)
  );
}
