/** A small object as a named value of the vault: JSON of texts and numbers. */
export type StoredFields = Readonly<Partial<Record<string, unknown>>>;

export function encodeObject(
  fields: Readonly<Record<string, string | number | undefined>>,
): Uint8Array {
  return Buffer.from(JSON.stringify(fields));
}

/** Its fields, each to be checked by the reader; none when the bytes are no object. */
export function decodeObject(bytes: Uint8Array): StoredFields {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
