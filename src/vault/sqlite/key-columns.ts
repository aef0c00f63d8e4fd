import type { KeyRow, KeyState, WrappedBytes } from '../vault.ts';

/** Columns of a key in the order of `KeyTuple`. */
const NAMES = [
  'id',
  'uid',
  'tenant',
  'service',
  'object_type',
  'state',
  'revision',
  'service_key_id',
  'service_key_version',
  'wrapped',
  'digest',
  'mac',
  'attributes',
  'created_at',
  'quarantine',
] as const;

/** `k.id, k.uid, …` */
export const KEY_COLUMNS = NAMES.map((name) => `k.${name}`).join(', ');

/** What the writer alone uses of a key. */
const OWN_NAMES = ['terms', 'outbox_sequence'] as const;
const ALL_NAMES = [...NAMES, ...OWN_NAMES];

/** `(id, …) VALUES (?, …)` */
export const KEY_INSERT = `(${ALL_NAMES.join(', ')}) VALUES (${ALL_NAMES.map(() => '?').join(', ')})`;

/** `id = ?, …` */
export const KEY_UPDATE = ALL_NAMES.map((name) => `${name} = ?`).join(', ');

/** A key as SQLite has it. The schema's strict tables make sure of the types. */
export type KeyTuple = [
  id: Uint8Array,
  uid: string,
  tenant: string,
  service: string,
  objectType: number,
  state: number,
  revision: number,
  serviceKeyId: string,
  serviceKeyVersion: number,
  wrapped: Uint8Array,
  digest: Uint8Array,
  mac: Uint8Array,
  attributes: Uint8Array,
  createdAt: number,
  quarantine: string | null,
];

/** A key as the writer binds it: see `OWN_NAMES`. */
export type StoredTuple = [...KeyTuple, terms: Uint8Array, outboxSequence: number];

export function keyRow(tuple: KeyTuple): KeyRow {
  const quarantine = tuple[14];
  return {
    id: tuple[0],
    uid: tuple[1],
    tenant: tuple[2],
    service: tuple[3],
    objectType: tuple[4],
    state: tuple[5] as KeyState,
    revision: tuple[6],
    serviceKeyId: tuple[7],
    serviceKeyVersion: tuple[8],
    // What comes out is what once went in by this type; the row's MAC tells whether it is still the same.
    wrapped: tuple[9] as WrappedBytes,
    digest: tuple[10],
    mac: tuple[11],
    attributes: tuple[12],
    createdAt: tuple[13],
    ...(quarantine === null ? {} : { quarantine }),
  };
}

export function keyTuple(row: KeyRow): KeyTuple {
  return [
    row.id,
    row.uid,
    row.tenant,
    row.service,
    row.objectType,
    row.state,
    row.revision,
    row.serviceKeyId,
    row.serviceKeyVersion,
    row.wrapped,
    row.digest,
    row.mac,
    row.attributes,
    row.createdAt,
    row.quarantine ?? null,
  ];
}
