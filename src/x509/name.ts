import { DerReader, TAG, type DerElement } from './der.ts';

/** String types of attribute values (X.680 §8.6), with what their octets may be. */
const STRING_TYPES: Readonly<Record<number, (octets: Buffer) => boolean>> = {
  // UTF8String
  0x0c: (octets) => octets.equals(Buffer.from(octets.toString('utf8'))),
  // NumericString
  0x12: (octets) => /^[0-9 ]*$/.test(octets.toString('latin1')),
  // PrintableString; '*' and '&' do not belong into one, but stand in so many that everybody reads them
  0x13: (octets) => /^[A-Za-z0-9 '()+,\-./:=?*&]*$/.test(octets.toString('latin1')),
  // IA5String
  0x16: (octets) => octets.every((octet) => octet < 0x80),
  // UniversalString and BMPString, in units of four and two octets
  0x1c: (octets) => octets.length % 4 === 0,
  0x1e: (octets) => octets.length % 2 === 0,
};
const CONSTRUCTED = 0x20;
/** Reserved by BER (X.690 §8.1.5). */
const END_OF_CONTENTS = 0x00;

/**
 * Whether `der` is a Name (RFC 5280 §4.1.2.4) in DER whose values are of primitive types and whose strings hold only
 * what their type allows. A name that is copied into a certificate must be one, or others could not read that.
 */
export function isValidName(der: Uint8Array): boolean {
  try {
    const input = new DerReader(der);
    const name = input.enter(TAG.sequence);
    input.finish();
    while (!name.atEnd) {
      const attributes = name.enter(TAG.set);
      do requireAttribute(attributes.enter(TAG.sequence));
      while (!attributes.atEnd);
    }
    return true;
  } catch {
    return false;
  }
}

function requireAttribute(attribute: DerReader): void {
  attribute.readOid();
  const value = attribute.readAny();
  attribute.finish();
  if (!isValue(value)) throw new RangeError('not a value of its type');
}

function isValue({ tag, content }: DerElement): boolean {
  const isAllowed = STRING_TYPES[tag];
  const octets = Buffer.from(content.buffer, content.byteOffset, content.length);
  return isAllowed === undefined
    ? tag !== END_OF_CONTENTS && (tag & CONSTRUCTED) === 0
    : isAllowed(octets);
}
