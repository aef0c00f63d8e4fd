import { BrokerError } from '../../errors/index.ts';
import { isKeyState } from './key-state.ts';
import type { KeyState } from '../../vault/index.ts';

/**
 * What is bound to a wrapped key by its MAC. AES key wrap binds nothing, so without this two rows, or the state of one,
 * could be exchanged inside the vault. Digest and wrapped key are bound beside it by the crypto core.
 */
export interface RowHeader {
  readonly tenant: string;
  readonly service: string;
  readonly uid: string;
  readonly objectType: number;
  readonly state: KeyState;
  readonly revision: number;
  readonly serviceKeyId: string;
  readonly serviceKeyVersion: number;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /**
   * SHA-256 of the attributes in canonical form, 32 bytes: algorithm, length, usage mask, names, dates and all the others.
   */
  readonly attributesDigest: Uint8Array;
}

/** First bytes of every header: another layout needs another number, or rows would be read as what they are not. */
const LAYOUT = Buffer.from('crypto-broker vault row 1\0', 'latin1');
const NUMBERS = 5;
const DIGEST_BYTES = 32;

/**
 * The header's one byte form: layout, then each text with its length in bytes (32 bits, big-endian) before it, then the
 * numbers (64 bits each, big-endian), then the digest. No two headers have the same bytes.
 */
export function encodeRowHeader(header: RowHeader): Uint8Array {
  const texts = [header.tenant, header.service, header.uid, header.serviceKeyId];
  let length = LAYOUT.length + NUMBERS * 8 + DIGEST_BYTES;
  for (const text of texts) length += 4 + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(length);
  let offset = LAYOUT.copy(bytes);
  for (const text of texts) {
    const written = bytes.write(text, offset + 4);
    bytes.writeUInt32BE(written, offset);
    offset += 4 + written;
  }
  const { objectType, state, revision, serviceKeyVersion, createdAt } = header;
  for (const value of [objectType, state, revision, serviceKeyVersion, createdAt]) {
    // 64 bits in two halves: a BigInt of each would cost more than all the rest.
    bytes.writeUInt32BE(Math.floor(value / 2 ** 32), offset);
    bytes.writeUInt32BE(value % 2 ** 32, offset + 4);
    offset += 8;
  }
  bytes.set(header.attributesDigest, offset);
  return bytes;
}

/** Reads a header that was kept in the vault. VAULT_DAMAGED when it is none. */
export function decodeRowHeader(source: Uint8Array): RowHeader {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (!bytes.subarray(0, LAYOUT.length).equals(LAYOUT)) throw damaged();
  let offset = LAYOUT.length;
  const take = (length: number): Buffer => {
    if (length > bytes.length - offset) throw damaged();
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const text = (): string => take(take(4).readUInt32BE()).toString();
  const [tenant, service, uid, serviceKeyId] = [text(), text(), text(), text()];
  const number = (): number => Number(take(8).readBigUInt64BE());
  const [objectType, state, revision] = [number(), number(), number()];
  const [serviceKeyVersion, createdAt] = [number(), number()];
  const attributesDigest = take(DIGEST_BYTES);
  if (offset !== bytes.length || !isKeyState(state)) throw damaged();
  return {
    ...{ tenant, service, uid, objectType, state, revision },
    ...{ serviceKeyId, serviceKeyVersion, createdAt, attributesDigest },
  };
}

function damaged(): BrokerError {
  return new BrokerError('VAULT_DAMAGED', 'a kept row header cannot be read');
}
