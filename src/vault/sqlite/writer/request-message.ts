import type {
  AuditEntry,
  KeyRow,
  KeyState,
  NewKey,
  OutboxEntry,
  SearchTerm,
  WrappedBytes,
} from '../../vault.ts';
import type { FieldReader, FieldWriter } from './fields.ts';
import type { WriteRequest } from './request.ts';

/** Appends a request to a message for the writer's thread. */
export function writeRequest(to: FieldWriter, request: WriteRequest): void {
  to.list(request.purge, ({ tenant, uid }) => {
    to.value(tenant);
    to.value(uid);
  });
  to.list(request.insert, (key) => {
    writeKey(to, key);
  });
  to.list(request.change, (key) => {
    writeKey(to, key);
    to.value(key.expectedRevision);
  });
  to.list(request.quarantine, ({ tenant, uid, reason }) => {
    to.value(tenant);
    to.value(uid);
    to.value(reason);
  });
  to.list(request.outbox, (entry) => {
    to.bytes(entry.entryId);
    to.value(entry.uid);
    to.bytes(entry.body);
    to.value(entry.createdAt);
  });
  to.list(request.audit, (entry) => {
    writeAudit(to, entry);
  });
  to.list([...(request.states ?? [])], ([name, value]) => {
    to.value(name);
    to.value(value === undefined ? 0 : 1);
    if (value !== undefined) to.bytes(value);
  });
  to.value(request.shred === true ? 1 : 0);
  to.value(request.acknowledge ?? 0);
  to.value(request.forgetAudit ?? 0);
}

/** Takes the next request out of a message. The bytes are the message's own. */
export function readRequest(from: FieldReader): WriteRequest {
  return {
    purge: from.list(() => ({ tenant: from.text(), uid: from.text() })),
    insert: from.list(() => readKey(from)),
    change: from.list(() => ({ ...readKey(from), expectedRevision: from.number() })),
    quarantine: from.list(() => ({ tenant: from.text(), uid: from.text(), reason: from.text() })),
    outbox: from.list(() => readOutboxEntry(from)),
    audit: from.list(() => readAudit(from)),
    states: new Map(
      from.list(() => [from.text(), from.number() === 0 ? undefined : from.bytes()] as const),
    ),
    shred: from.number() === 1,
    acknowledge: from.number(),
    forgetAudit: from.number(),
  };
}

function writeKey(to: FieldWriter, { row, terms }: NewKey): void {
  to.bytes(row.id);
  to.value(row.uid);
  to.value(row.tenant);
  to.value(row.service);
  to.value(row.objectType);
  to.value(row.state);
  to.value(row.revision);
  to.value(row.serviceKeyId);
  to.value(row.serviceKeyVersion);
  to.bytes(row.wrapped);
  to.bytes(row.digest);
  to.bytes(row.mac);
  to.bytes(row.attributes);
  to.value(row.createdAt);
  to.value(row.quarantine);
  to.list(terms, (term) => {
    to.value(term.name);
    to.value(term.value);
  });
}

function readKey(from: FieldReader): NewKey {
  return { row: readRow(from), terms: from.list(() => readTerm(from)) };
}

function readRow(from: FieldReader): KeyRow {
  const row = {
    id: from.bytes(),
    uid: from.text(),
    tenant: from.text(),
    service: from.text(),
    objectType: from.number(),
    state: from.number() as KeyState,
    revision: from.number(),
    serviceKeyId: from.text(),
    serviceKeyVersion: from.number(),
    wrapped: from.bytes() as WrappedBytes,
    digest: from.bytes(),
    mac: from.bytes(),
    attributes: from.bytes(),
    createdAt: from.number(),
  };
  const quarantine = from.optionalText();
  return quarantine === undefined ? row : { ...row, quarantine };
}

function readTerm(from: FieldReader): SearchTerm {
  return { name: from.text(), value: from.text() };
}

function readOutboxEntry(from: FieldReader): OutboxEntry {
  return {
    entryId: from.bytes(),
    uid: from.text(),
    body: from.bytes(),
    createdAt: from.number(),
  };
}

function writeAudit(to: FieldWriter, entry: AuditEntry): void {
  to.value(entry.at);
  to.value(entry.tenant);
  to.value(entry.service);
  to.value(entry.actor);
  to.value(entry.operation);
  to.value(entry.uid);
  to.value(entry.outcome);
  to.value(entry.correlationId);
}

function readAudit(from: FieldReader): AuditEntry {
  return {
    at: from.number(),
    tenant: from.text(),
    service: from.text(),
    actor: from.text(),
    operation: from.text(),
    uid: from.text(),
    outcome: from.text(),
    correlationId: from.text(),
  };
}
