import { BrokerError } from '../../../errors/index.ts';
import { SqliteError, type Connection, type Statement } from '../../../sqlite/index.ts';
import { nextLink } from '../../audit-chain.ts';
import { checkGiven } from '../../check-arguments.ts';
import type { AuditEntry, ChangedKey, NewKey } from '../../vault.ts';
import { KEY_INSERT, KEY_UPDATE, keyTuple, type StoredTuple } from '../key-columns.ts';
import { splitTerms, storedTerms } from '../search-terms.ts';
import type { Heads } from './heads.ts';
import type { WriteRequest } from './request.ts';

interface FoundKey {
  readonly id: Uint8Array;
  readonly revision: number;
  readonly terms: Uint8Array;
  readonly outboxSequence: number;
}

/** Turns requests into rows, inside a transaction that somebody else has begun. */
export class Applier {
  readonly #outboxLimit: number;
  readonly #findKey: Statement<[uid: string, tenant: string], FoundKey>;
  readonly #insertKey: Statement<StoredTuple>;
  readonly #updateKey: Statement<[...StoredTuple, id: Uint8Array]>;
  readonly #deleteKey: Statement<[id: Uint8Array]>;
  readonly #quarantineKey: Statement<[reason: string, uid: string, tenant: string]>;
  readonly #insertPosting: Statement<[term: Uint8Array, id: Uint8Array]>;
  readonly #deletePosting: Statement<[term: Uint8Array, id: Uint8Array]>;
  readonly #insertOutbox: Statement<
    [...[sequence: number, entryId: Uint8Array, uid: string], Uint8Array, number, stray: number]
  >;
  readonly #noteSequence: Statement<[sequence: number, uid: string]>;
  readonly #makeStray: Statement<[sequence: number]>;
  readonly #deleteOutbox: Statement<[sequence: number]>;
  readonly #acknowledge: Statement<[sequence: number]>;
  readonly #insertAudit: Statement<[...(string | number)[], link: Uint8Array]>;
  readonly #auditLink: Statement<[sequence: number], Uint8Array>;
  readonly #baseAudit: Statement<[sequence: number, link: Uint8Array]>;
  readonly #deleteAudit: Statement<[sequence: number]>;
  readonly #putState: Statement<[name: string, value: Uint8Array]>;
  readonly #deleteState: Statement<[name: string]>;

  constructor(connection: Connection, options: { readonly outboxLimit: number }) {
    this.#outboxLimit = options.outboxLimit;
    this.#findKey = connection.prepare(
      `SELECT id, revision, terms, outbox_sequence AS outboxSequence
       FROM keys WHERE uid = ? AND tenant = ?`,
    );
    this.#insertKey = connection.prepare(
      `INSERT INTO keys ${KEY_INSERT} ON CONFLICT (uid) DO NOTHING`,
    );
    this.#updateKey = connection.prepare(`UPDATE keys SET ${KEY_UPDATE} WHERE id = ?`);
    this.#deleteKey = connection.prepare('DELETE FROM keys WHERE id = ?');
    this.#quarantineKey = connection.prepare(
      'UPDATE keys SET quarantine = ? WHERE uid = ? AND tenant = ?',
    );
    this.#insertPosting = connection.prepare('INSERT INTO postings (term, id) VALUES (?, ?)');
    this.#deletePosting = connection.prepare('DELETE FROM postings WHERE term = ? AND id = ?');
    this.#insertOutbox = connection.prepare(
      `INSERT INTO outbox (sequence, entry_id, uid, body, created_at, stray)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#noteSequence = connection.prepare('UPDATE keys SET outbox_sequence = ? WHERE uid = ?');
    this.#makeStray = connection.prepare('UPDATE outbox SET stray = 1 WHERE sequence = ?');
    this.#deleteOutbox = connection.prepare('DELETE FROM outbox WHERE sequence <= ?');
    this.#acknowledge = connection.prepare('UPDATE vault SET outbox_acknowledged = ?');
    this.#insertAudit = connection.prepare(
      `INSERT INTO audit
         (sequence, at, tenant, service, actor, operation, uid, outcome, correlation_id, link)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#auditLink = connection
      .prepare<[sequence: number], Uint8Array>('SELECT link FROM audit WHERE sequence = ?')
      .pluck();
    this.#baseAudit = connection.prepare(
      'UPDATE vault SET audit_base_sequence = ?, audit_base_link = ?',
    );
    this.#deleteAudit = connection.prepare('DELETE FROM audit WHERE sequence <= ?');
    this.#putState = connection.prepare(
      `INSERT INTO states (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
    this.#deleteState = connection.prepare('DELETE FROM states WHERE name = ?');
  }

  /**
   * Writes one request and returns where the lists stand after it. Throws a BrokerError for what is the request's fault,
   * and an SqliteError for everything else.
   */
  apply(request: WriteRequest, heads: Heads): Heads {
    try {
      return this.#applyAll(request, heads);
    } catch (error) {
      // Uids are looked after above: what is left is an inner id that is there already.
      if (error instanceof SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) {
        const text = 'the inner id is taken';
        throw new BrokerError('INPUT_INVALID', text, { field: 'transaction', cause: error });
      }
      throw error;
    }
  }

  #applyAll(request: WriteRequest, heads: Heads): Heads {
    const outbox = this.#planOutbox(request, heads);
    let { keys, auditHead, auditLink } = heads;
    for (const { tenant, uid } of request.purge ?? []) keys -= this.#purge(tenant, uid);
    for (const key of request.insert ?? []) {
      this.#insert(key, outbox.last.get(key.row.uid) ?? 0);
      keys += 1;
    }
    for (const key of request.change ?? []) this.#change(key, outbox.last.get(key.row.uid));
    for (const { tenant, uid, reason } of request.quarantine ?? []) {
      this.#quarantineKey.run(reason, uid, tenant);
    }
    for (const [name, value] of request.states ?? []) {
      if (value === undefined) this.#deleteState.run(name);
      else this.#putState.run(name, value);
    }
    this.#forgetAudit(request.forgetAudit ?? 0, heads.auditHead);
    this.#send(request, heads.outboxHead);
    for (const entry of request.audit ?? []) {
      auditHead += 1;
      auditLink = this.#append(entry, auditHead, auditLink);
    }
    const { head: outboxHead, acknowledged: outboxAcknowledged } = outbox;
    return { keys, auditHead, auditLink, outboxHead, outboxAcknowledged };
  }

  #purge(tenant: string, uid: string): number {
    const found = this.#findKey.get(uid, tenant);
    if (found === undefined) return 0;
    // Finds nothing when the entry was acknowledged, or there was none.
    this.#makeStray.run(found.outboxSequence);
    for (const term of splitTerms(found.terms)) this.#deletePosting.run(term, found.id);
    return this.#deleteKey.run(found.id).changes;
  }

  #insert({ row, terms }: NewKey, outboxSequence: number): void {
    const stored = storedTerms(row, terms);
    if (this.#insertKey.run(...keyTuple(row), stored, outboxSequence).changes === 0) {
      throw new BrokerError('VAULT_UID_TAKEN', 'the unique identifier is taken');
    }
    for (const term of splitTerms(stored)) this.#insertPosting.run(term, row.id);
  }

  #change({ row, terms, expectedRevision }: ChangedKey, outboxSequence: number | undefined): void {
    const found = this.#findKey.get(row.uid, row.tenant);
    if (found?.revision !== expectedRevision || Buffer.compare(found.id, row.id) !== 0) {
      throw new BrokerError('VAULT_CONFLICT', 'the key was changed in the meantime');
    }
    const stored = storedTerms(row, terms);
    this.#updateKey.run(...keyTuple(row), stored, outboxSequence ?? found.outboxSequence, row.id);
    if (Buffer.compare(stored, found.terms) === 0) return;
    for (const term of splitTerms(found.terms)) this.#deletePosting.run(term, row.id);
    for (const term of splitTerms(stored)) this.#insertPosting.run(term, row.id);
  }

  #append(entry: AuditEntry, sequence: number, before: Uint8Array): Uint8Array {
    const link = nextLink(before, sequence, entry);
    const { at, tenant, service, actor, operation, uid, outcome, correlationId } = entry;
    this.#insertAudit.run(
      ...[sequence, at, tenant, service, actor, operation, uid, outcome, correlationId],
      link,
    );
    return link;
  }

  /** The link of the last entry that is forgotten is kept: the first one that is left goes on from it. */
  #forgetAudit(sequence: number, head: number): void {
    checkGiven(sequence, head);
    const link = this.#auditLink.get(sequence);
    // Nothing, or what was forgotten before.
    if (link === undefined) return;
    this.#baseAudit.run(sequence, link);
    this.#deleteAudit.run(sequence);
  }

  /** Forgets what is acknowledged, sees that there is room for the new entries, and numbers them. */
  #planOutbox({ outbox = [], acknowledge }: WriteRequest, heads: Heads): OutboxPlan {
    let acknowledged = heads.outboxAcknowledged;
    if (acknowledge !== undefined && acknowledge > acknowledged) {
      checkGiven(acknowledge, heads.outboxHead);
      this.#deleteOutbox.run(acknowledge);
      this.#acknowledge.run(acknowledge);
      acknowledged = acknowledge;
    }
    const head = heads.outboxHead + outbox.length;
    if (outbox.length > 0 && head - acknowledged > this.#outboxLimit) {
      throw new BrokerError('VAULT_OUTBOX_FULL', 'the outbox is full');
    }
    const last = new Map(outbox.map(({ uid }, i) => [uid, heads.outboxHead + 1 + i] as const));
    return { head, acknowledged, last };
  }

  /** Writes the entries, and on the key of each where it stands, unless it stands there already. */
  #send({ outbox = [], insert = [], change = [] }: WriteRequest, head: number): void {
    if (outbox.length === 0) return;
    const noted = new Set([...insert, ...change].map(({ row }) => row.uid));
    outbox.forEach(({ entryId, uid, body, createdAt }, i) => {
      const sequence = head + 1 + i;
      const found = noted.has(uid) || this.#noteSequence.run(sequence, uid).changes > 0;
      this.#insertOutbox.run(sequence, entryId, uid, body, createdAt, found ? 0 : 1);
    });
  }
}

interface OutboxPlan {
  readonly head: number;
  readonly acknowledged: number;
  /** The last sequence of each uid. */
  readonly last: ReadonlyMap<string, number>;
}
