import { HEADER_LENGTH, TYPE } from './types.ts';

const INITIAL_CAPACITY = 1024;

/**
 * Writes TTLV (KMIP 1.4 §9.1, 2.1 §10.1) into one buffer that grows and can be used again. A value that its type cannot
 * hold is a mistake of the caller: RangeError.
 *
 * A buffer that is to hold key material is marked secret before the material is written: from then on what is dropped, by
 * growth or by going back, is overwritten with zeros first, and the owner calls `wipe` in the end.
 */
export class TtlvWriter {
  #buffer: Buffer;
  #view: DataView;
  #length = 0;
  #secret = false;
  /** Offsets of the structures that are open, outermost first. */
  readonly #open: number[] = [];

  constructor(initialCapacity: number = INITIAL_CAPACITY) {
    this.#buffer = Buffer.alloc(Math.max(initialCapacity, HEADER_LENGTH));
    this.#view = viewOf(this.#buffer);
  }

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** What is written into. Any further write may replace it. */
  get buffer(): Uint8Array {
    return this.#buffer;
  }

  get secret(): boolean {
    return this.#secret;
  }

  /** Key material is about to be written. */
  markSecret(): void {
    this.#secret = true;
  }

  /** Begins a Structure. */
  begin(tag: number): void {
    this.#open.push(this.#length);
    this.#header(tag, TYPE.structure, 0, 0);
  }

  /** Ends the innermost Structure. */
  end(): void {
    const start = this.#open.pop();
    if (start === undefined) throw new RangeError('end without begin');
    this.#view.setUint32(start + 4, this.#length - start - HEADER_LENGTH);
  }

  /** 32 bits, signed. */
  integer(tag: number, value: number): void {
    if ((value | 0) !== value) throw new RangeError(`${value} is not an Integer`);
    this.#word(tag, TYPE.integer, value);
  }

  /** 64 bits, signed. */
  longInteger(tag: number, value: bigint): void {
    this.#int64(tag, TYPE.longInteger, value);
  }

  /** Two's complement in the fewest eight-byte groups. */
  bigInteger(tag: number, value: bigint): void {
    // One more than the bits of the magnitude: the sign.
    const bits = (value < 0n ? ~value : value).toString(2).length + 1;
    const groups = Math.ceil(bits / 64);
    const at = this.#header(tag, TYPE.bigInteger, groups * 8, groups * 8);
    let rest = value;
    for (let group = groups - 1; group >= 0; group -= 1) {
      this.#view.setBigUint64(at + group * 8, BigInt.asUintN(64, rest));
      rest >>= 64n;
    }
  }

  /** 32 bits, unsigned. */
  enumeration(tag: number, value: number): void {
    if (value >>> 0 !== value) throw new RangeError(`${value} is not an Enumeration`);
    this.#word(tag, TYPE.enumeration, value);
  }

  boolean(tag: number, value: boolean): void {
    const at = this.#header(tag, TYPE.boolean, 8, 8);
    this.#view.setUint32(at, 0);
    this.#view.setUint32(at + 4, value ? 1 : 0);
  }

  /** UTF-8. NUL may stand at the end only. */
  text(tag: number, value: string): void {
    const nul = value.indexOf('\0');
    if (nul >= 0 && /[^\0]/u.test(value.slice(nul))) throw new RangeError('a text has NUL within');
    const start = this.#length;
    // A UTF-16 unit takes three bytes of UTF-8 at the most.
    const at = this.#header(tag, TYPE.textString, 0, value.length * 3);
    const length = this.#buffer.write(value, at, 'utf8');
    this.#view.setUint32(start + 4, length);
    this.#length = at + length;
    this.#pad();
  }

  byteString(tag: number, value: Uint8Array): void {
    const at = this.#header(tag, TYPE.byteString, value.byteLength, value.byteLength);
    this.#buffer.set(value, at);
    this.#pad();
  }

  /** Seconds since 1970. */
  dateTime(tag: number, seconds: bigint): void {
    this.#int64(tag, TYPE.dateTime, seconds);
  }

  /** Seconds. */
  interval(tag: number, seconds: number): void {
    if (seconds >>> 0 !== seconds) throw new RangeError(`${seconds} is not an Interval`);
    this.#word(tag, TYPE.interval, seconds);
  }

  /** Microseconds since 1970. */
  dateTimeExtended(tag: number, microseconds: bigint): void {
    this.#int64(tag, TYPE.dateTimeExtended, microseconds);
  }

  /** A whole encoded item, header and padding included. */
  raw(item: Uint8Array): void {
    const start = this.#length;
    if (item.byteLength < HEADER_LENGTH) throw new RangeError('not a whole item');
    this.#room(item.byteLength);
    this.#buffer.set(item, start);
    const length = this.#view.getUint32(start + 4);
    if (HEADER_LENGTH + length + padding(length) !== item.byteLength) {
      this.#buffer.fill(0, start, start + item.byteLength);
      throw new RangeError('not a whole item');
    }
    this.#length = start + item.byteLength;
  }

  /**
   * A Byte String of `length` zeros, to be overwritten in `buffer` from the offset that is returned, before anything else
   * is written. Such room is for key material, so the buffer is secret from here.
   */
  reserve(tag: number, length: number): number {
    this.#secret = true;
    const at = this.#header(tag, TYPE.byteString, length, length);
    this.#buffer.fill(0, at, at + length);
    this.#pad();
    return at;
  }

  /** Where `rewind` comes back to. */
  mark(): number {
    return this.#length;
  }

  /** Drops what was written after `mark`, structures that were begun since included. */
  rewind(mark: number): void {
    if (mark < 0 || mark > this.#length) throw new RangeError('not a mark of this writer');
    if (this.#secret) this.#buffer.fill(0, mark, this.#length);
    this.#length = mark;
    while ((this.#open.at(-1) ?? -1) >= mark) this.#open.pop();
  }

  /** The message: a view that is good until the next write or `wipe`. */
  finish(): Uint8Array {
    if (this.#open.length > 0) throw new RangeError('a structure is still open');
    return this.#buffer.subarray(0, this.#length);
  }

  /** Overwrites what was written with zeros and makes the writer empty, ready for another message. */
  wipe(): void {
    this.#buffer.fill(0, 0, this.#length);
    this.#secret = false;
    this.#length = 0;
    this.#open.length = 0;
  }

  /** Makes the writer empty, ready for another message; a secret one is wiped. */
  reset(): void {
    if (this.#secret) this.wipe();
    this.#length = 0;
    this.#open.length = 0;
  }

  /** Four bytes and four of padding; the sign is lost in the writing, so it serves signed and unsigned. */
  #word(tag: number, type: number, value: number): void {
    const at = this.#header(tag, type, 4, 8);
    this.#view.setUint32(at, value);
    this.#view.setUint32(at + 4, 0);
  }

  #int64(tag: number, type: number, value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw new RangeError('more than 64 bits');
    const at = this.#header(tag, type, 8, 8);
    this.#view.setBigInt64(at, value);
  }

  /** Writes a header, makes room for `room` bytes of value (and padding), and says where they begin. */
  #header(tag: number, type: number, length: number, room: number): number {
    if (length > 0xffff_fff8) throw new RangeError(`${length} bytes are more than an item holds`);
    this.#room(HEADER_LENGTH + room + 8);
    const start = this.#length;
    this.#view.setUint32(start, (tag << 8) | type);
    this.#view.setUint32(start + 4, length);
    this.#length = start + HEADER_LENGTH + room;
    return start + HEADER_LENGTH;
  }

  /** Fills up to a multiple of 8; `#header` has left the room. */
  #pad(): void {
    const end = this.#length + padding(this.#length);
    for (let at = this.#length; at < end; at += 1) this.#view.setUint8(at, 0);
    this.#length = end;
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.byteLength) return;
    const old = this.#buffer;
    this.#buffer = Buffer.alloc(Math.max(needed, old.byteLength * 2));
    this.#view = viewOf(this.#buffer);
    old.copy(this.#buffer, 0, 0, this.#length);
    if (this.#secret) old.fill(0, 0, this.#length);
  }
}

/** Bytes that bring `length` to a multiple of 8. */
function padding(length: number): number {
  return -length & 7;
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
