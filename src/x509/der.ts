/** One DER element (X.690 §10.1): its identifier octet, its whole encoding and its contents. */
export interface DerElement {
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Identifier octets this project looks at. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** `[0] EXPLICIT`, in a certificate its version. */
  explicitVersion: 0xa0,
} as const;

const LONG_TAG = 0x1f;
const LONG_LENGTH = 0x80;
/** 16 MiB: no request and no certificate is longer. */
const MAX_LENGTH_OCTETS = 3;

/**
 * The elements that stand one after another in `bytes`, e.g. the contents of a SEQUENCE. RangeError when they do not
 * fill `bytes` exactly or are not DER: BER must not get from a request into a certificate.
 */
export function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const element = readElement(rest);
    elements.push(element);
    rest = rest.subarray(element.bytes.length);
  }
  return elements;
}

/** The contents of `bytes`, which is one SEQUENCE and nothing more. RangeError otherwise. */
export function readSequence(bytes: Uint8Array): DerElement[] {
  const [element, ...more] = readElements(bytes);
  if (element?.tag !== TAG.sequence || more.length > 0) throw new RangeError('not one SEQUENCE');
  return readElements(element.content);
}

function readElement(bytes: Uint8Array): DerElement {
  const tag = octet(bytes, 0);
  if ((tag & LONG_TAG) === LONG_TAG) throw new RangeError('tag number above 30');
  const first = octet(bytes, 1);
  const lengthOctets = Math.max(first - LONG_LENGTH, 0);
  const start = 2 + lengthOctets;
  const end = start + (first < LONG_LENGTH ? first : longLength(bytes, lengthOctets));
  if (end > bytes.length) throw new RangeError('contents are cut off');
  return { tag, bytes: bytes.subarray(0, end), content: bytes.subarray(start, end) };
}

/** A length in the long form, which must be needed and must have no leading zero octet; indefinite has no octet. */
function longLength(bytes: Uint8Array, octets: number): number {
  if (octets > MAX_LENGTH_OCTETS) throw new RangeError('length above 16 MiB');
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + octet(bytes, 2 + i);
  if (length < LONG_LENGTH || length < 256 ** (octets - 1)) throw new RangeError('length not minimal');
  return length;
}

function octet(bytes: Uint8Array, index: number): number {
  const value = bytes[index];
  if (value === undefined) throw new RangeError('header is cut off');
  return value;
}
