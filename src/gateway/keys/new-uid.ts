import { UPLINK_LIMITS } from '../../uplink-wire/index.ts';

/** Form of new Unique Identifiers: a random UUID, or Krypton's `tenant:key:version` with one as the key. */
export type UidForm = 'uuid' | 'tenant-key-version';

const UUID_BYTES = 16;

/**
 * A new Unique Identifier. `random` gives that many unguessable bytes. A tenant whose name leaves no room for the longer form
 * gets the shorter one: the Core takes no longer identifiers.
 */
export function newUid(
  form: UidForm,
  tenantId: string,
  random: (bytes: number) => Uint8Array,
): string {
  const uuid = uuidV4(random(UUID_BYTES));
  const long = `${tenantId}:${uuid}:1`;
  return form === 'uuid' || long.length > UPLINK_LIMITS.id ? uuid : long;
}

/** A UUID of version 4 (RFC 9562 §5.4) of these 16 bytes, in lower case. */
function uuidV4(random: Uint8Array): string {
  const bytes = Buffer.from(random);
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return [...parts, hex.slice(20)].join('-');
}
