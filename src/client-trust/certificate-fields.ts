import { contextConstructed, contextPrimitive, DerReader, TAG } from '../x509/der.ts';
import { dottedOid, readName, type NameAttribute } from './distinguished-name.ts';

/**
 * What decides about a certificate, read from its DER: the printed forms of names that libraries offer have been tricked
 * before (CVE-2021-44532).
 */
export interface CertificateFields {
  readonly subject: readonly NameAttribute[];
  readonly issuer: readonly NameAttribute[];
  /** Lower-case hexadecimal. */
  readonly serial: string;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly names: AlternativeNames;
  /** Basic Constraints say that it is a CA's. */
  readonly ca: boolean;
  readonly pathLength: number | undefined;
  /** Key Usage bits, bit 0 highest of the first octet; undefined: no such extension. */
  readonly keyUsage: Uint8Array | undefined;
  /** Purposes as dotted identifiers; undefined: no such extension. */
  readonly purposes: readonly string[] | undefined;
  /** It demands something that is not understood here. */
  readonly unknownCritical: boolean;
  /** It limits the names below it. */
  readonly nameConstraints: boolean;
}

/** Names of the kinds that rules know (RFC 5280 §4.2.1.6), each printable ASCII. */
export interface AlternativeNames {
  readonly uri: readonly string[];
  readonly dns: readonly string[];
  readonly email: readonly string[];
}

/** Bits of Key Usage (RFC 5280 §4.2.1.3). */
export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5 } as const;

/** Key Usage allows this; so does a certificate without it. */
export function allowsUsage({ keyUsage }: CertificateFields, bit: number): boolean {
  if (keyUsage === undefined) return true;
  return ((keyUsage[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}

const MOST_EXTENSIONS = 64;
const MOST_NAMES = 64;
const MOST_PURPOSES = 64;
/** Bytes; the largest registered one, of a SPIFFE ID, is 2048. */
const LONGEST_NAME = 4096;

/** Reads a certificate (RFC 5280 §4.1). RangeError for anything that is not one in DER, or is too much. */
export function readCertificate(der: Uint8Array): CertificateFields {
  const input = new DerReader(der);
  const certificate = input.enter(TAG.sequence);
  input.finish();
  const body = certificate.enter(TAG.sequence);
  if (body.nextIs(contextConstructed(0))) body.readAny();
  const serial = Buffer.from(body.read(TAG.integer).content).toString('hex');
  body.read(TAG.sequence);
  const issuer = readName(body);
  body.read(TAG.sequence);
  const subject = readName(body);
  const spki = body.read(TAG.sequence).encoding;
  for (const unique of [contextPrimitive(1), contextPrimitive(2)]) {
    if (body.nextIs(unique)) body.readAny();
  }
  const extensions = body.atEnd ? NO_EXTENSIONS : readExtensions(body);
  body.finish();
  return { subject, issuer, serial, spki, ...extensions };
}

type Extensions = Omit<CertificateFields, 'subject' | 'issuer' | 'serial' | 'spki'>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const NO_NAMES: AlternativeNames = { uri: [], dns: [], email: [] };

const NO_EXTENSIONS: Extensions = {
  names: NO_NAMES,
  ca: false,
  pathLength: undefined,
  keyUsage: undefined,
  purposes: undefined,
  unknownCritical: false,
  nameConstraints: false,
};

function readExtensions(body: DerReader): Extensions {
  const wrapper = body.enter(contextConstructed(3));
  const list = wrapper.enter(TAG.sequence);
  wrapper.finish();
  const found: Mutable<Extensions> = { ...NO_EXTENSIONS };
  const seen = new Set<string>();
  while (!list.atEnd) {
    const extension = list.enter(TAG.sequence);
    const oid = dottedOid(extension.readOid());
    if (seen.has(oid)) throw new RangeError('an extension stands twice');
    seen.add(oid);
    if (seen.size > MOST_EXTENSIONS) throw new RangeError('too many extensions');
    const critical = extension.nextIs(TAG.boolean) && extension.readAny().content[0] !== 0;
    const value = new DerReader(extension.read(TAG.octetString).content);
    extension.finish();
    take(found, oid, critical, value);
  }
  return found;
}

function take(found: Mutable<Extensions>, oid: string, critical: boolean, value: DerReader): void {
  switch (oid) {
    case '2.5.29.15':
      found.keyUsage = readKeyUsage(value);
      break;
    case '2.5.29.17':
      found.names = readNames(value);
      break;
    case '2.5.29.19':
      Object.assign(found, readBasicConstraints(value));
      break;
    case '2.5.29.30':
      found.nameConstraints = true;
      break;
    case '2.5.29.37':
      found.purposes = readPurposes(value);
      break;
    default:
      found.unknownCritical ||= critical;
  }
}

function readKeyUsage(value: DerReader): Uint8Array {
  const [unused = 8, ...bits] = value.read(TAG.bitString).content;
  value.finish();
  if (unused > 7 || bits.length > 2) throw new RangeError('not a key usage');
  return Uint8Array.from(bits);
}

function readBasicConstraints(value: DerReader): Pick<CertificateFields, 'ca' | 'pathLength'> {
  const constraints = value.enter(TAG.sequence);
  value.finish();
  const ca = constraints.nextIs(TAG.boolean) && constraints.readAny().content[0] !== 0;
  let pathLength: number | undefined;
  if (!constraints.atEnd) {
    const magnitude = constraints.readUnsigned();
    pathLength = magnitude.length > 1 ? 255 : (magnitude[0] ?? 0);
  }
  constraints.finish();
  return { ca, pathLength };
}

function readPurposes(value: DerReader): readonly string[] {
  const list = value.enter(TAG.sequence);
  value.finish();
  const purposes: string[] = [];
  while (!list.atEnd) {
    if (purposes.length >= MOST_PURPOSES) throw new RangeError('too many purposes');
    purposes.push(dottedOid(list.readOid()));
  }
  return purposes;
}

/** Choices of GeneralName (RFC 5280 §4.2.1.6). Those without an entry are names of things that no rule knows. */
const NAME_KINDS: ReadonlyMap<number, keyof AlternativeNames> = new Map([
  [contextPrimitive(1), 'email'],
  [contextPrimitive(2), 'dns'],
  [contextPrimitive(6), 'uri'],
]);

function readNames(value: DerReader): AlternativeNames {
  const list = value.enter(TAG.sequence);
  value.finish();
  const names: Record<keyof AlternativeNames, string[]> = { uri: [], dns: [], email: [] };
  for (let count = 0; !list.atEnd; count += 1) {
    if (count >= MOST_NAMES) throw new RangeError('too many names');
    const { tag, content } = list.readAny();
    const kind = NAME_KINDS.get(tag);
    if (kind !== undefined) names[kind].push(visibleText(content));
  }
  return names;
}

/** Printable ASCII without spaces: a NUL or a line end in a name has only ever been there to deceive. */
function visibleText(content: Uint8Array): string {
  const visible = content.every((octet) => octet > 0x20 && octet < 0x7f);
  if (!visible || content.length === 0 || content.length > LONGEST_NAME) {
    throw new RangeError('a name holds what it may not');
  }
  return Buffer.from(content).toString('latin1');
}
