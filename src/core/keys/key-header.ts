/** Version of this layout, so that a later one can never be mistaken for it. */
const LAYOUT = 'cryptobroker core key v1';

/**
 * What the Core binds an escrowed key to with a MAC under its service key: fields that never change. Neither of two wrapped
 * keys can be put in the other's place. State and attributes are not bound: in this database they are the authority
 * itself, and must be changeable when the service key is gone.
 *
 * Each field is preceded by its length as 4 bytes, big-endian.
 */
export function keyHeader(fields: {
  readonly tenantId: string;
  readonly serviceId: string;
  readonly uid: string;
  readonly objectType: number;
  readonly serviceKeyId: string;
  readonly serviceKeyVersion: number;
}): Uint8Array {
  const texts = [
    LAYOUT,
    fields.tenantId,
    fields.serviceId,
    fields.uid,
    String(fields.objectType),
    fields.serviceKeyId,
    String(fields.serviceKeyVersion),
  ];
  const parts = texts.flatMap((text) => {
    const bytes = Buffer.from(text, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}
