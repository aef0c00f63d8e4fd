import { BrokerError } from '../errors/index.ts';
import { DIGEST_BYTES, ID_BYTES, VAULT_LIMITS } from './limits.ts';
import type {
  AuditEntry,
  AuditQuery,
  ChangedKey,
  KeyRow,
  LocateQuery,
  NewKey,
  OutboxEntry,
  ScanQuery,
  SearchTerm,
  VaultTransaction,
} from './vault.ts';

/**
 * What every vault asks of its callers, checked before anything is done. A breach is a mistake in this program and not in
 * a request: INPUT_INVALID.
 */
export function checkTransaction(transaction: VaultTransaction): void {
  const { insert = [], change = [], purge = [], quarantine = [] } = transaction;
  const {
    outbox = [],
    audit = [],
    states = new Map<string, Uint8Array | undefined>(),
  } = transaction;
  for (const { length } of [insert, change, purge, quarantine, outbox, audit]) {
    within('transaction', length, 0, VAULT_LIMITS.entries);
  }
  within('transaction', states.size, 0, VAULT_LIMITS.entries);
  for (const key of insert) checkNewKey(key);
  for (const key of change) checkChange(key);
  for (const { tenant, uid } of purge) checkNames({ tenant, uid });
  for (const { tenant, uid, reason } of quarantine) {
    checkNames({ tenant, uid });
    text('reason', reason, VAULT_LIMITS.reason);
  }
  for (const entry of outbox) checkOutboxEntry(entry);
  for (const entry of audit) checkAuditEntry(entry);
  for (const [name, value] of states) {
    text('state', name);
    if (value !== undefined) within('state', value.length, 0, VAULT_LIMITS.state);
  }
}

export function checkLocateQuery(query: LocateQuery): void {
  checkNames({ tenant: query.tenant, service: query.service });
  checkTerms(query.terms);
  checkPage(query.limit, query.after);
}

export function checkScanQuery(query: ScanQuery): void {
  checkPage(query.limit, query.after);
}

export function checkAuditQuery(query: AuditQuery): void {
  checkPage(query.limit);
  count('after', query.after, 0);
}

/** A sequence up to which a list is to be forgotten; 0 forgets nothing. */
export function checkSequence(sequence: number): void {
  count('sequence', sequence, 0);
}

/** A sequence of a list whose last one is `head`. */
export function checkGiven(sequence: number, head: number): void {
  if (sequence <= head) return;
  throw new BrokerError('INPUT_INVALID', 'is not one that was given', { field: 'sequence' });
}

/** A page holds 1 to 1000 rows. */
export function checkPage(limit: number, after?: Uint8Array): void {
  within('limit', limit, 1, VAULT_LIMITS.page);
  if (after !== undefined) within('after', after.length, ID_BYTES, ID_BYTES);
}

function checkNewKey({ row, terms }: NewKey): void {
  checkRow(row);
  checkTerms(terms);
}

function checkChange(key: ChangedKey): void {
  checkNewKey(key);
  count('expectedRevision', key.expectedRevision, 1);
  if (key.row.revision !== key.expectedRevision + 1) {
    throw new BrokerError('INPUT_INVALID', 'must be one more than the revision before', {
      field: 'revision',
    });
  }
}

function checkRow(row: KeyRow): void {
  const { tenant, uid, service, serviceKeyId } = row;
  checkNames({ tenant, uid, service, serviceKeyId });
  within('id', row.id.length, ID_BYTES, ID_BYTES);
  count('objectType', row.objectType, 1);
  count('revision', row.revision, 1);
  count('serviceKeyVersion', row.serviceKeyVersion, 0);
  count('createdAt', row.createdAt, 0);
  within('wrapped', row.wrapped.length, 0, VAULT_LIMITS.wrapped);
  within('digest', row.digest.length, DIGEST_BYTES, DIGEST_BYTES);
  if (row.mac.length !== 0) within('mac', row.mac.length, DIGEST_BYTES, DIGEST_BYTES);
  within('attributes', row.attributes.length, 0, VAULT_LIMITS.attributes);
  if (row.quarantine !== undefined) text('quarantine', row.quarantine, VAULT_LIMITS.reason);
}

function checkTerms(terms: readonly SearchTerm[]): void {
  within('terms', terms.length, 0, VAULT_LIMITS.terms);
  for (const { name, value } of terms) {
    text('term', name, VAULT_LIMITS.term);
    within('term', value.length, 0, VAULT_LIMITS.term);
  }
}

function checkOutboxEntry(entry: OutboxEntry): void {
  within('entryId', entry.entryId.length, ID_BYTES, ID_BYTES);
  text('uid', entry.uid);
  within('body', entry.body.length, 0, VAULT_LIMITS.outboxBody);
  count('createdAt', entry.createdAt, 0);
}

const AUDIT_TEXTS = [
  'tenant',
  'service',
  'actor',
  'operation',
  'uid',
  'outcome',
  'correlationId',
] as const;

function checkAuditEntry(entry: AuditEntry): void {
  count('at', entry.at, 0);
  for (const field of AUDIT_TEXTS) within(field, entry[field].length, 0, VAULT_LIMITS.text);
}

function checkNames(names: Readonly<Record<string, string>>): void {
  for (const [field, value] of Object.entries(names)) text(field, value);
}

function text(field: string, value: string, longest: number = VAULT_LIMITS.text): void {
  within(field, value.length, 1, longest);
}

/** A whole number that SQLite and JavaScript both hold exactly. */
function count(field: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new BrokerError('INPUT_INVALID', `must be a whole number from ${least}`, { field });
}

function within(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new BrokerError('INPUT_INVALID', `must be ${least} to ${most}`, { field });
}
