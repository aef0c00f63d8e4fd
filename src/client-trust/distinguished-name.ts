import { TAG, type DerElement, type DerReader } from '../x509/der.ts';

/** One attribute of a name; `set` tells which relative distinguished name it belongs to. */
export interface NameAttribute {
  /** Dotted object identifier. */
  readonly type: string;
  /** The value as text; undefined when it is no string, or one that holds what its type does not allow. */
  readonly text: string | undefined;
  readonly encoding: Uint8Array;
  readonly set: number;
}

/** More than any real name has. */
const MOST_ATTRIBUTES = 64;

/** Reads a Name (RFC 5280 §4.1.2.4). RangeError when it is none. */
export function readName(input: DerReader): readonly NameAttribute[] {
  const name = input.enter(TAG.sequence);
  const attributes: NameAttribute[] = [];
  for (let set = 0; !name.atEnd; set += 1) {
    const members = name.enter(TAG.set);
    do {
      if (attributes.length >= MOST_ATTRIBUTES) throw new RangeError('too many name attributes');
      const member = members.enter(TAG.sequence);
      const type = dottedOid(member.readOid());
      const value = member.readAny();
      member.finish();
      attributes.push({ type, text: stringOf(value), encoding: value.encoding, set });
    } while (!members.atEnd);
  }
  return attributes;
}

const COMMON_NAME = '2.5.4.3';
const ORGANIZATIONAL_UNIT = '2.5.4.11';

/** The common name, when there is exactly one. */
export function onlyCommonName(name: readonly NameAttribute[]): string | undefined {
  const [only, ...others] = name.filter(({ type }) => type === COMMON_NAME);
  return others.length === 0 ? only?.text : undefined;
}

/** Those that are text. */
export function organizationalUnits(name: readonly NameAttribute[]): readonly string[] {
  return name.flatMap(({ type, text }) =>
    type === ORGANIZATIONAL_UNIT && text !== undefined ? [text] : [],
  );
}

/** Short names of RFC 4514 §3 and of the registry it names; any other type is written as its identifier. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  [COMMON_NAME]: 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  [ORGANIZATIONAL_UNIT]: 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.46': 'dnQualifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/**
 * The name as text with the escapes of RFC 4514 §2.4, but in the order of the certificate, which is how people and every
 * other tool of ours write it. Names with the same text have the same attributes and values.
 */
export function nameText(name: readonly NameAttribute[]): string {
  let text = '';
  let previous: number | undefined;
  for (const { type, text: value, encoding, set } of name) {
    if (previous !== undefined) text += set === previous ? '+' : ',';
    const short = SHORT_NAMES[type];
    text +=
      short === undefined || value === undefined
        ? `${short ?? type}=#${Buffer.from(encoding).toString('hex')}`
        : `${short}=${escaped(value)}`;
    previous = set;
  }
  return text;
}

function escaped(value: string): string {
  return value
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/\p{Cc}/gu, hexadecimal)
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ');
}

/** Every octet of a character as `\\00`. */
function hexadecimal(character: string): string {
  return Buffer.from(character).toString('hex').replace(/../g, '\\$&');
}

/** Text of the string types that names have; undefined for others and for damaged ones. */
function stringOf({ tag, content }: DerElement): string | undefined {
  const octets = Buffer.from(content.buffer, content.byteOffset, content.length);
  switch (tag) {
    case 0x0c: {
      const text = octets.toString('utf8');
      return Buffer.from(text).equals(octets) ? text : undefined;
    }
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
      return octets.every((octet) => octet < 0x80) ? octets.toString('latin1') : undefined;
    case 0x1e: // BMPString
      return octets.length % 2 === 0 ? Buffer.from(octets).swap16().toString('utf16le') : undefined;
    default:
      // TeletexString and UniversalString have no one meaning, or no users: they are shown as bytes.
      return undefined;
  }
}

/** Dotted decimal form of the contents of an OBJECT IDENTIFIER that was checked when it was read. */
export function dottedOid(content: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content) {
    arc = arc * 128n + BigInt(octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first = 0n, ...others] = arcs;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...others].join('.');
}
