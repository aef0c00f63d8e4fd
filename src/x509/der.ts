/** One DER element (X.690 §10.1): its identifier octet, its whole encoding and its contents. */
export interface DerElement {
  readonly tag: number;
  readonly encoding: Uint8Array;
  readonly content: Uint8Array;
}

/** Identifier octets of the types that requests, certificates and keys are made of (X.690 §8.1.2). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `[number]`, IMPLICIT over a primitive type. */
export const contextPrimitive = (number: number): number => 0x80 | number;
/** `[number]`, EXPLICIT, or IMPLICIT over a constructed type. */
export const contextConstructed = (number: number): number => 0xa0 | number;

const LONG_TAG = 0x1f;
const LONG_LENGTH = 0x80;
/** Set in every octet of an arc but its last. */
const ARC_GOES_ON = 0x80;
/** 16 MiB: no request and no certificate is longer. */
const MAX_LENGTH_OCTETS = 3;

/**
 * Goes through DER elements one by one. RangeError at the first thing that is not as expected, or is BER: that must not
 * get from a request into a certificate. What it gives are views into the input.
 */
export class DerReader {
  #rest: Uint8Array;

  constructor(input: Uint8Array) {
    this.#rest = input;
  }

  get atEnd(): boolean {
    return this.#rest.length === 0;
  }

  nextIs(tag: number): boolean {
    return this.#rest[0] === tag;
  }

  readAny(): DerElement {
    const element = readElement(this.#rest);
    this.#rest = this.#rest.subarray(element.encoding.length);
    return element;
  }

  read(tag: number): DerElement {
    if (!this.nextIs(tag)) throw new RangeError('not the expected element');
    return this.readAny();
  }

  /** A reader of the contents of the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag).content);
  }

  /** An INTEGER that is not negative: its magnitude, big-endian, without leading zero octet; empty for 0. */
  readUnsigned(): Uint8Array {
    const { content } = this.read(TAG.integer);
    const [first = LONG_LENGTH, second = LONG_LENGTH] = content;
    if (first >= LONG_LENGTH) throw new RangeError('negative or empty number');
    if (first !== 0) return content;
    if (second < LONG_LENGTH) throw new RangeError('number not minimal');
    return content.subarray(1);
  }

  /** An OBJECT IDENTIFIER: its contents, whose arcs all end and have no leading zeros (X.690 §8.19.2). */
  readOid(): Uint8Array {
    const { content } = this.read(TAG.objectIdentifier);
    const startsArc = (i: number): boolean => i === 0 || (content[i - 1] ?? 0) < ARC_GOES_ON;
    const isPadded = content.some((arcOctet, i) => arcOctet === ARC_GOES_ON && startsArc(i));
    if (isPadded || (content.at(-1) ?? ARC_GOES_ON) >= ARC_GOES_ON) {
      throw new RangeError('not an object identifier');
    }
    return content;
  }

  /** A BIT STRING of whole octets: its bits. */
  readBits(): Uint8Array {
    const { content } = this.read(TAG.bitString);
    if (content[0] !== 0) throw new RangeError('no whole number of octets');
    return content.subarray(1);
  }

  /** RangeError unless everything was read. */
  finish(): void {
    if (!this.atEnd) throw new RangeError('more elements than expected');
  }
}

/** True when `input` is one element and nothing else; its contents are not looked at. */
export function isOneElement(input: Uint8Array): boolean {
  try {
    return readElement(input).encoding.length === input.length;
  } catch {
    return false;
  }
}

function readElement(input: Uint8Array): DerElement {
  const tag = octet(input, 0);
  if ((tag & LONG_TAG) === LONG_TAG) throw new RangeError('tag number above 30');
  const first = octet(input, 1);
  const lengthOctets = Math.max(first - LONG_LENGTH, 0);
  const start = 2 + lengthOctets;
  const end = start + (first < LONG_LENGTH ? first : longLength(input, lengthOctets));
  if (end > input.length) throw new RangeError('contents are cut off');
  return { tag, encoding: input.subarray(0, end), content: input.subarray(start, end) };
}

/** A length in the long form, which must be needed and have no leading zero octet; the indefinite form has no octet. */
function longLength(input: Uint8Array, octets: number): number {
  if (octets > MAX_LENGTH_OCTETS) throw new RangeError('length above 16 MiB');
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + octet(input, 2 + i);
  if (length < LONG_LENGTH || length < 256 ** (octets - 1)) {
    throw new RangeError('length not minimal');
  }
  return length;
}

function octet(input: Uint8Array, index: number): number {
  const value = input[index];
  if (value === undefined) throw new RangeError('header is cut off');
  return value;
}
