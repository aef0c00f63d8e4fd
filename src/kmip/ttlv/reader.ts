import { isUtf8 } from 'node:buffer';
import { DEFAULT_TTLV_LIMITS, type TtlvLimits } from './limits.ts';
import { TtlvError } from './ttlv-error.ts';
import { HEADER_LENGTH, MESSAGE_TAG, tagText, TYPE, typeName } from './types.ts';

/**
 * A cursor over TTLV bytes (KMIP 1.4 §9.1, 2.1 §10.1): no copy, no tree. Every step checks what it stands on before it
 * uses it and throws TtlvError; after an error the reader is of no further use. What it returns of Byte Strings and items
 * are views: they live as long as the bytes do.
 *
 * Without `enter` the fields are those of the buffer itself, so a view got from `item` is read by a reader of its own.
 */
export class TtlvReader {
  readonly bytes: Uint8Array;
  readonly #buffer: Buffer;
  readonly #view: DataView;
  readonly #limits: TtlvLimits;
  /** Ends of the structures around the current one, outermost first. */
  readonly #ends: number[] = [];
  /** End of the structure the cursor is in. */
  #end: number;
  #offset = 0;
  #items = 0;

  constructor(bytes: Uint8Array, limits: TtlvLimits = DEFAULT_TTLV_LIMITS) {
    this.bytes = bytes;
    this.#buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = limits;
    this.#end = bytes.byteLength;
    if (bytes.byteLength > limits.messageLength) {
      throw new TtlvError(
        'too-large',
        0,
        `${bytes.byteLength} bytes are more than a message may have`,
      );
    }
  }

  /**
   * Total length in bytes of the message that begins with these 8 bytes, decided from them alone: the caller knows what it
   * may allocate before it reads on. `maxMessage` counts the header. Throws TtlvError for anything that is not a message.
   */
  static frame(
    header8: Uint8Array,
    maxMessage: number,
    side: 'request' | 'response' = 'request',
  ): number {
    if (header8.byteLength < HEADER_LENGTH) {
      throw new TtlvError('truncated', 0, 'fewer than 8 bytes of a header');
    }
    const view = new DataView(header8.buffer, header8.byteOffset, HEADER_LENGTH);
    const tag = view.getUint32(0) >>> 8;
    const type = view.getUint8(3);
    const length = view.getUint32(4);
    if (tag !== MESSAGE_TAG[side]) {
      throw new TtlvError(
        'unexpected-field',
        0,
        `tag ${tagText(tag)} does not begin a ${side} message`,
      );
    }
    if (type !== TYPE.structure) {
      throw new TtlvError('wrong-type', 0, `a message is a Structure, not ${typeName(type)}`);
    }
    if (length % 8 !== 0) {
      throw new TtlvError('bad-length', 0, `${length} is not the length of a Structure`);
    }
    if (length + HEADER_LENGTH > maxMessage) {
      throw new TtlvError('too-large', 0, `a message of ${length} bytes is more than is accepted`);
    }
    return length + HEADER_LENGTH;
  }

  /** Byte offset of the cursor in `bytes`. */
  get offset(): number {
    return this.#offset;
  }

  /** Everything of the current structure is read. */
  atEnd(): boolean {
    return this.#offset >= this.#end;
  }

  /** Tag at the cursor; 0 at the end of the current structure. */
  nextTag(): number {
    return this.atEnd() ? 0 : this.#tagAndType() >>> 8;
  }

  /** Type at the cursor; 0 at the end of the current structure. */
  nextType(): number {
    return this.atEnd() ? 0 : this.#tagAndType() & 0xff;
  }

  /** The cursor stands before a field with this tag. */
  has(tag: number): boolean {
    return this.nextTag() === tag;
  }

  /** Goes into a Structure; its first field is next. */
  enter(tag: number): void {
    const length = this.#open(tag, TYPE.structure);
    if (this.#ends.length >= this.#limits.depth) {
      throw new TtlvError('too-deep', this.#offset, `structures deeper than ${this.#limits.depth}`);
    }
    this.#ends.push(this.#end);
    this.#offset += HEADER_LENGTH;
    this.#end = this.#offset + length;
  }

  /** Goes out of a Structure, whose fields must all be read: what is left over is unknown or out of order. */
  leave(): void {
    const outer = this.#ends.pop();
    if (outer === undefined) throw new RangeError('leave without enter');
    if (this.#offset !== this.#end) {
      throw new TtlvError(
        'unexpected-field',
        this.#offset,
        `field ${tagText(this.nextTag())} is unknown, repeated or out of order`,
      );
    }
    this.#end = outer;
  }

  /** Goes past every field of the current structure that is not read yet. */
  skipRest(): void {
    while (!this.atEnd()) this.skip();
  }

  /** 32 bits, signed. */
  integer(tag: number): number {
    this.#open(tag, TYPE.integer);
    const value = this.#view.getInt32(this.#offset + HEADER_LENGTH);
    this.#offset += 16;
    return value;
  }

  /** 64 bits, signed. */
  longInteger(tag: number): bigint {
    return this.#int64(tag, TYPE.longInteger);
  }

  /** Two's complement of any length the limits allow. */
  bigInteger(tag: number): bigint {
    const length = this.#open(tag, TYPE.bigInteger);
    const start = this.#offset + HEADER_LENGTH;
    this.#offset = start + length;
    const magnitude = BigInt(`0x${this.#buffer.toString('hex', start, start + length)}`);
    return BigInt.asIntN(length * 8, magnitude);
  }

  /** 32 bits, unsigned. */
  enumeration(tag: number): number {
    return this.#uint32(tag, TYPE.enumeration);
  }

  boolean(tag: number): boolean {
    this.#open(tag, TYPE.boolean);
    this.#checkBoolean();
    const value = this.#view.getUint8(this.#offset + 15) === 1;
    this.#offset += 16;
    return value;
  }

  /**
   * Valid UTF-8 without NUL, but for NUL at the very end: a known client counts its padding into the length of Unique
   * Identifiers. It is kept, for the caller to cut off where that is right.
   */
  text(tag: number): string {
    const length = this.#open(tag, TYPE.textString);
    const start = this.#offset + HEADER_LENGTH;
    const ascii = this.#checkText(length);
    this.#offset = start + padded(length);
    // One byte a character is the same in Latin-1, and read three times as fast.
    return this.#buffer.toString(ascii ? 'latin1' : 'utf8', start, start + length);
  }

  /** A view of the value. */
  byteString(tag: number): Uint8Array {
    const length = this.#open(tag, TYPE.byteString);
    const start = this.#offset + HEADER_LENGTH;
    this.#offset = start + padded(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Seconds since 1970. */
  dateTime(tag: number): bigint {
    return this.#int64(tag, TYPE.dateTime);
  }

  /** Seconds. */
  interval(tag: number): number {
    return this.#uint32(tag, TYPE.interval);
  }

  /** Microseconds since 1970. */
  dateTimeExtended(tag: number): bigint {
    return this.#int64(tag, TYPE.dateTimeExtended);
  }

  /** A view of the whole item at the cursor, header and padding included; goes past it. */
  item(tag: number = this.nextTag()): Uint8Array {
    if (this.nextTag() !== tag || this.atEnd()) throw this.#missing(tag);
    const start = this.#offset;
    this.skip();
    return this.bytes.subarray(start, this.#offset);
  }

  /** Goes past the item at the cursor. A value is checked like one that is read; what is in a Structure is not. */
  skip(): void {
    const tagAndType = this.#tagAndType();
    const type = tagAndType & 0xff;
    const length = this.#open(tagAndType >>> 8, type);
    if (type === TYPE.boolean) this.#checkBoolean();
    else if (type === TYPE.textString) this.#checkText(length);
    this.#offset += HEADER_LENGTH + padded(length);
  }

  #uint32(tag: number, type: number): number {
    this.#open(tag, type);
    const value = this.#view.getUint32(this.#offset + HEADER_LENGTH);
    this.#offset += 16;
    return value;
  }

  #int64(tag: number, type: number): bigint {
    this.#open(tag, type);
    const value = this.#view.getBigInt64(this.#offset + HEADER_LENGTH);
    this.#offset += 16;
    return value;
  }

  /** The first four bytes of the item at the cursor, which is not at the end. */
  #tagAndType(): number {
    const offset = this.#offset;
    if (this.#end - offset < HEADER_LENGTH) {
      throw new TtlvError('truncated', offset, 'fewer than 8 bytes of a header');
    }
    const word = this.#view.getUint32(offset);
    const space = word >>> 24;
    if (space !== 0x42 && space !== 0x54) {
      throw new TtlvError('bad-value', offset, `${tagText(word >>> 8)} is not a tag`);
    }
    return word;
  }

  /** Checks header and length of the item at the cursor, counts it, and says how long its value is. */
  #open(tag: number, type: number): number {
    const offset = this.#offset;
    if (this.atEnd()) throw this.#missing(tag);
    const word = this.#tagAndType();
    if (word >>> 8 !== tag) throw this.#missing(tag);
    if ((word & 0xff) !== type) throw this.#wrongType(word & 0xff, type);
    const length = this.#view.getUint32(offset + 4);
    this.#checkLength(type, length);
    if (padded(length) > this.#end - offset - HEADER_LENGTH) {
      throw this.#ends.length === 0
        ? new TtlvError('truncated', offset, `a value of ${length} bytes is cut off`)
        : new TtlvError(
            'bad-length',
            offset,
            `${length} bytes go beyond the structure around them`,
          );
    }
    this.#items += 1;
    if (this.#items > this.#limits.items) {
      throw new TtlvError('too-many-items', offset, `more than ${this.#limits.items} items`);
    }
    return length;
  }

  #checkLength(type: number, length: number): void {
    let right: boolean;
    switch (type) {
      case TYPE.integer:
      case TYPE.enumeration:
      case TYPE.interval:
        right = length === 4;
        break;
      case TYPE.longInteger:
      case TYPE.boolean:
      case TYPE.dateTime:
      case TYPE.dateTimeExtended:
        right = length === 8;
        break;
      case TYPE.structure:
        right = length % 8 === 0;
        break;
      case TYPE.bigInteger:
        right = length % 8 === 0 && length > 0;
        this.#checkLimit(length, this.#limits.bigIntegerLength);
        break;
      case TYPE.textString:
      case TYPE.byteString:
        right = true;
        this.#checkLimit(length, this.#limits.fieldLength);
        break;
      default:
        throw new TtlvError('bad-type', this.#offset, `${typeName(type)} does not exist`);
    }
    if (!right) {
      throw new TtlvError(
        'bad-length',
        this.#offset,
        `${length} is not the length of ${typeName(type)}`,
      );
    }
  }

  #checkLimit(length: number, limit: number): void {
    if (length > limit) {
      throw new TtlvError(
        'too-large',
        this.#offset,
        `a field of ${length} bytes is more than ${limit}`,
      );
    }
  }

  /** 1.4 §9.1.1.4: eight bytes, of which the last is 0 or 1 and the others are 0. */
  #checkBoolean(): void {
    const value = this.#offset + HEADER_LENGTH;
    if (this.#view.getUint32(value) !== 0 || this.#view.getUint32(value + 4) > 1) {
      throw new TtlvError('bad-value', this.#offset, 'a Boolean is neither 0 nor 1');
    }
  }

  /** Refuses what is not UTF-8 or has NUL before its last character; true for plain ASCII. */
  #checkText(length: number): boolean {
    const start = this.#offset + HEADER_LENGTH;
    let seen = 0;
    let nul = false;
    for (let at = start; at < start + length; at += 1) {
      const byte = this.#view.getUint8(at);
      if (byte === 0) nul = true;
      else if (nul) throw new TtlvError('bad-value', this.#offset, 'a text has NUL within');
      seen |= byte;
    }
    if (seen < 0x80) return true;
    if (!isUtf8(this.bytes.subarray(start, start + length))) {
      throw new TtlvError('bad-value', this.#offset, 'a text is not UTF-8');
    }
    return false;
  }

  #missing(tag: number): TtlvError {
    const found = this.nextTag();
    return new TtlvError(
      'missing-field',
      this.#offset,
      found === 0
        ? `field ${tagText(tag)} is missing`
        : `field ${tagText(found)} stands where ${tagText(tag)} must`,
    );
  }

  #wrongType(found: number, wanted: number): TtlvError {
    return new TtlvError(
      found >= TYPE.structure && found <= TYPE.dateTimeExtended ? 'wrong-type' : 'bad-type',
      this.#offset,
      `${typeName(found)} stands where ${typeName(wanted)} must`,
    );
  }
}

/** Bytes a value of `length` takes with its padding. */
function padded(length: number): number {
  return length + (-length & 7);
}
