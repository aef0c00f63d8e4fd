import { createHash, randomBytes, randomUUID } from 'node:crypto';

import type {
  AuditEntry,
  ChangedKey,
  KeyRow,
  NewKey,
  OutboxEntry,
  WrappedBytes,
} from '../../src/vault/index.ts';
import { newInnerId } from '../../src/vault/index.ts';

/** Seconds since 1970 at which the rows of the tests are made. */
export const CREATED_AT = 1_795_000_000;

/** Bytes that pass for wrapped ones: a vault looks into none. */
export function wrappedBytes(bytes: Uint8Array = randomBytes(40)): WrappedBytes {
  return bytes as WrappedBytes;
}

/** A row like a Create makes, unlike every other. */
export function keyRow(changes: Partial<KeyRow> = {}): KeyRow {
  return {
    id: newInnerId(CREATED_AT * 1000, randomBytes),
    uid: randomUUID(),
    tenant: 'tenant-a',
    service: 'payments',
    objectType: 2,
    state: 2,
    revision: 1,
    serviceKeyId: '0d6e6b2e-6b0e-4f5e-8f0e-6b2e6b0e4f5e',
    serviceKeyVersion: 1,
    wrapped: wrappedBytes(),
    digest: randomBytes(32),
    mac: randomBytes(32),
    attributes: randomBytes(200),
    createdAt: CREATED_AT,
    ...changes,
  };
}

export function newKey(changes: Partial<KeyRow> = {}, terms: NewKey['terms'] = []): NewKey {
  return { row: keyRow(changes), terms };
}

/** The next revision of a row. */
export function changed(
  row: KeyRow,
  changes: Partial<KeyRow>,
  terms: NewKey['terms'] = [],
): ChangedKey {
  const { revision } = row;
  return { row: { ...row, ...changes, revision: revision + 1 }, terms, expectedRevision: revision };
}

export function outboxEntry(uid: string, changes: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    entryId: randomBytes(16),
    uid,
    body: randomBytes(300),
    createdAt: CREATED_AT * 1000,
    ...changes,
  };
}

export function auditEntry(uid: string, changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: CREATED_AT * 1000,
    tenant: 'tenant-a',
    service: 'payments',
    actor: 'spiffe://example.org/workload/payments',
    operation: 'Create',
    uid,
    outcome: 'Success',
    correlationId: randomUUID(),
    ...changes,
  };
}

/** Everything about a row in one short text, by which two programs can tell whether they have the same. */
export function fingerprint(row: KeyRow): string {
  const hash = createHash('sha256');
  for (const bytes of [row.id, row.wrapped, row.digest, row.mac, row.attributes]) {
    hash.update(`${bytes.length}:`).update(bytes);
  }
  const { uid, tenant, service, objectType, state, revision, quarantine = '' } = row;
  const { serviceKeyId, serviceKeyVersion, createdAt } = row;
  return hash
    .update(JSON.stringify([uid, tenant, service, objectType, state, revision, quarantine]))
    .update(JSON.stringify([serviceKeyId, serviceKeyVersion, createdAt]))
    .digest('hex');
}

/** A value with its bytes in hexadecimal: which kind of array they come in is a vault's own affair. */
export function inHex(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(inHex);
  if (value instanceof Map) return new Map([...value].map(([name, part]) => [name, inHex(part)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inHex(part)]));
}
