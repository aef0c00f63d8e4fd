import { readElements, readSequence, TAG, type DerElement } from './der.ts';

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
const SET = 0x31;

/**
 * Whether `der` is a Name (RFC 5280 §4.1.2.4) in DER whose values are of primitive types and whose strings hold only
 * what their type allows. A name that is copied into a certificate must be one, or others could not read that.
 */
export function isValidName(der: Uint8Array): boolean {
  try {
    return readSequence(der).every(isRelativeDistinguishedName);
  } catch {
    return false;
  }
}

function isRelativeDistinguishedName(element: DerElement): boolean {
  const attributes = readElements(element.content);
  return element.tag === SET && attributes.length > 0 && attributes.every(isAttribute);
}

function isAttribute(element: DerElement): boolean {
  const [type, value, ...rest] = readSequence(element.bytes);
  return (
    type?.tag === TAG.objectIdentifier && value !== undefined && rest.length === 0 && isValue(value)
  );
}

function isValue({ tag, content }: DerElement): boolean {
  const isAllowed = STRING_TYPES[tag];
  const octets = Buffer.from(content.buffer, content.byteOffset, content.length);
  return isAllowed === undefined ? (tag & CONSTRUCTED) === 0 : isAllowed(octets);
}
