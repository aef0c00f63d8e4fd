import type { KeyRow, NewKey, OutboxEntry, SearchTerm, WrappedBytes } from '../vault.ts';

/** A key with its terms as the vault holds them: nobody else has these bytes. */
export interface StoredKey {
  readonly row: KeyRow;
  readonly terms: readonly SearchTerm[];
}

export function copyKey({ row, terms }: NewKey): StoredKey {
  return {
    row: {
      ...row,
      id: copyBytes(row.id),
      wrapped: copyBytes(row.wrapped) as WrappedBytes,
      digest: copyBytes(row.digest),
      mac: copyBytes(row.mac),
      attributes: copyBytes(row.attributes),
    },
    terms: [...terms],
  };
}

export function copyOutboxEntry(entry: OutboxEntry): OutboxEntry {
  return { ...entry, entryId: copyBytes(entry.entryId), body: copyBytes(entry.body) };
}

/** `slice` would not do: of a Buffer it gives a view. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
