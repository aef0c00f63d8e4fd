import type { ErrorCode } from '../errors/index.ts';

/**
 * The Gateway Vault: where wrapped data keys rest. It sees wrapped keys, metadata and MACs, and imports no crypto, so that
 * plaintext cannot reach it. test/contract/suites holds every implementation to one suite.
 */
export interface Vault {
  /**
   * One transaction: keys, their attributes' search terms, outbox and audit entries, all or nothing; resolves only when it
   * is durable. Takes rows out first, then inserts, changes and quarantines. What it is given is copied before it returns.
   *
   * VAULT_UID_TAKEN when a uid is there already (any tenant's, tombstones included); VAULT_CONFLICT when a changed row is
   * gone, is another one, or no longer has `expectedRevision`; VAULT_OUTBOX_FULL; QUEUE_FULL when too much waits already;
   * INPUT_INVALID. After these, nothing was done. After VAULT_DISK_FULL, VAULT_UNAVAILABLE and VAULT_DAMAGED the transaction
   * is there whole or not at all: not, unless the process dies before its next commit.
   */
  commit(transaction: VaultTransaction): Promise<void>;
  /** The key of this tenant with this uid; tombstones too. Another tenant's key is undefined. VAULT_UNAVAILABLE. */
  get(tenant: string, uid: string): Promise<KeyRow | undefined>;
  /** Keys of one service in the order they were made, those that carry all the terms. */
  locate(query: LocateQuery): Promise<LocatePage>;
  /** Every row in the order of their inner ids, for maintenance: re-binding, manifests, lists. */
  scan(query: ScanQuery): Promise<readonly KeyRow[]>;
  /** The oldest outbox entries that were not acknowledged, in order. */
  outbox(limit: number): Promise<readonly OutboxRow[]>;
  /** Forgets outbox entries up to and with this sequence; a smaller one than before is a no-op. */
  acknowledgeOutbox(sequence: number): Promise<void>;
  /** Highest outbox sequence with an entry for this uid that was not acknowledged; 0 when there is none. */
  pendingSequence(uid: string): Promise<number>;
  /** Small named values that must survive a restart: sealed grants, the signed policy, resume token, high-water clock. */
  readState(name: string): Promise<Uint8Array | undefined>;
  /** All named values whose name starts with `prefix`, in name order. */
  readStates(prefix: string): Promise<ReadonlyMap<string, Uint8Array>>;
  audit(query: AuditQuery): Promise<readonly AuditRow[]>;
  /**
   * Forgets audit entries up to and with this sequence; a smaller one than before is a no-op. What is left can be checked
   * as before: the vault keeps the link that the first entry left goes on from.
   */
  forgetAudit(sequence: number): Promise<void>;
  facts(): Promise<VaultFacts>;
  /** Waits for what is under way, checkpoints, and gives the file back. */
  close(): Promise<void>;
}

declare const wrapped: unique symbol;

/** Bytes that a crypto provider wrapped. Only src/gateway/key-engine makes them. */
export type WrappedBytes = Uint8Array & { readonly [wrapped]: true };

/**
 * State as the vault knows it: KMIP's (1 Pre-Active, 2 Active, 3 Deactivated, 4 Compromised, 5 Destroyed, 6 Destroyed
 * Compromised), and 16 Suspended, which KMIP has no number for.
 */
export type KeyState = 1 | 2 | 3 | 4 | 5 | 6 | 16;

/** One key. Everything but the quarantine reason and the inner id is under `mac`. */
export interface KeyRow {
  /** Inner primary key, 16 bytes, ordered by time of creation; never leaves the vault's owner. */
  readonly id: Uint8Array;
  readonly uid: string;
  readonly tenant: string;
  readonly service: string;
  /** Object Type enumeration. */
  readonly objectType: number;
  readonly state: KeyState;
  /** Counts changes of this row, from 1. A change has the expected revision plus one. */
  readonly revision: number;
  readonly serviceKeyId: string;
  readonly serviceKeyVersion: number;
  /** Empty once destroyed. */
  readonly wrapped: WrappedBytes;
  /** SHA-256 of the key, 32 bytes. */
  readonly digest: Uint8Array;
  /** 32 bytes; empty while a change waits for its service key. */
  readonly mac: Uint8Array;
  /** The key's attributes in canonical form. */
  readonly attributes: Uint8Array;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Set when the row must not be served: its MAC did not fit, or the Core refused it. */
  readonly quarantine?: string;
}

/** An attribute that Locate may ask for by exact value. */
export interface SearchTerm {
  readonly name: string;
  readonly value: string;
}

export interface NewKey {
  readonly row: KeyRow;
  readonly terms: readonly SearchTerm[];
}

/** A row as it shall be from now on, with all its terms: same inner id, tenant and uid. */
export interface ChangedKey extends NewKey {
  /** Revision the row must still have. */
  readonly expectedRevision: number;
}

export interface OutboxEntry {
  /** 16 bytes, unique. */
  readonly entryId: Uint8Array;
  readonly uid: string;
  /** What is sent: an encoded message that the vault does not look into. */
  readonly body: Uint8Array;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface OutboxRow extends OutboxEntry {
  /** Gapless, from 1, for the life of the vault. */
  readonly sequence: number;
}

export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly tenant: string;
  readonly service: string;
  /** Who: SPIFFE id or subject, or `core`. */
  readonly actor: string;
  readonly operation: string;
  readonly uid: string;
  readonly outcome: string;
  readonly correlationId: string;
}

export interface AuditRow extends AuditEntry {
  readonly sequence: number;
  /** SHA-256 over the link before and this entry: an edit or a gap shows. 32 bytes. */
  readonly link: Uint8Array;
}

export interface VaultTransaction {
  readonly insert?: readonly NewKey[];
  readonly change?: readonly ChangedKey[];
  /** Takes rows out for good, with their terms; one that is not there is no mistake. */
  readonly purge?: readonly { readonly tenant: string; readonly uid: string }[];
  /** Marks rows as not to be served; one that is not there is no mistake. The revision stays, the MAC need not fit. */
  readonly quarantine?: readonly {
    readonly tenant: string;
    readonly uid: string;
    readonly reason: string;
  }[];
  readonly outbox?: readonly OutboxEntry[];
  readonly audit?: readonly AuditEntry[];
  /** A value of undefined takes the name out. */
  readonly states?: ReadonlyMap<string, Uint8Array | undefined>;
  /**
   * Overwrite and truncate what was deleted before resolving: for destroyed keys. When a reader such as a backup holds the
   * old pages, this resolves all the same after a while, is tried again until it is done, and shows as `shredPending`.
   */
  readonly shred?: boolean;
}

export interface LocateQuery {
  readonly tenant: string;
  readonly service: string;
  readonly terms: readonly SearchTerm[];
  readonly objectType?: number;
  readonly states?: readonly KeyState[];
  /** Rows after this inner id. */
  readonly after?: Uint8Array;
  /** 1 to 1000. */
  readonly limit: number;
}

export interface LocatePage {
  readonly rows: readonly KeyRow[];
  /** There may be more. */
  readonly more: boolean;
  /**
   * The inner id after which the next page begins: that of the last row, or a later one where the search has looked at a
   * great many keys that do not fit; it may then have found fewer than the limit, or none. Absent: there is no next page.
   */
  readonly next?: Uint8Array;
}

export interface ScanQuery {
  readonly after?: Uint8Array;
  readonly limit: number;
  readonly tenant?: string;
  readonly service?: string;
  readonly serviceKeyId?: string;
  readonly serviceKeyVersion?: number;
  /** Rows with an empty MAC alone. */
  readonly unbound?: boolean;
  readonly quarantined?: boolean;
}

export interface AuditQuery {
  readonly after: number;
  readonly limit: number;
}

export interface VaultFacts {
  /** Minted with the vault file, a UUID. */
  readonly vaultId: string;
  /**
   * Counts openings, from 1; a backup begins again at 1. A vault whose generation is not above the highest that was seen
   * with its id is a copy that was restored, or a clone.
   */
  readonly generation: number;
  readonly keys: number;
  readonly quarantined: number;
  readonly outboxDepth: number;
  /** Milliseconds since 1970 of the oldest entry that waits. */
  readonly outboxOldest?: number;
  readonly outboxHead: number;
  readonly outboxAcknowledged: number;
  readonly auditHead: number;
  /** Deleted bytes wait to be overwritten. */
  readonly shredPending: boolean;
  /** Why changes fail at present; it passes by itself when its cause does. */
  readonly trouble?: ErrorCode;
  /** Bytes of the files, and bytes free on their file system. */
  readonly fileBytes: number;
  readonly freeBytes?: number;
}
