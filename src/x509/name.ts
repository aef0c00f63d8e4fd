import { DerReader, TAG, type DerElement } from './der.ts';

/** The string types that attributes have (X.680 §8.6), with what their octets may be; others few could read. */
const STRING_TYPES: Readonly<Record<number, (octets: Buffer) => boolean>> = {
  // UTF8String
  0x0c: (octets) => octets.equals(Buffer.from(octets.toString('utf8'))),
  // NumericString
  0x12: (octets) => /^[0-9 ]*$/.test(octets.toString('latin1')),
  // PrintableString; '*' and '&' do not belong into one, but stand in so many that everybody reads them
  0x13: (octets) => /^[A-Za-z0-9 '()+,\-./:=?*&]*$/.test(octets.toString('latin1')),
  // TeletexString
  0x14: () => true,
  // IA5String
  0x16: (octets) => octets.every((octet) => octet < 0x80),
  // UniversalString
  0x1c: (octets) => areCodePoints(octets, 4),
  // BMPString
  0x1e: (octets) => areCodePoints(octets, 2),
};

/**
 * Whether `der` is a Name (RFC 5280 §4.1.2.4) in DER whose values are strings that hold only what their type allows. A name that is copied into a certificate must be one, or others could not read that.
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
  return isAllowed?.(octets) === true;
}

/** Big-endian numbers of `width` octets, each a Unicode scalar value. */
function areCodePoints(octets: Buffer, width: 2 | 4): boolean {
  if (octets.length % width !== 0) return false;
  for (let at = 0; at < octets.length; at += width) {
    const codePoint = octets.readUIntBE(at, width);
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return false;
  }
  return true;
}
