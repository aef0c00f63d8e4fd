import { isUtf8 } from 'node:buffer';
import { BrokerError } from '../errors/index.ts';

/**
 * The fields of a message that need a look before decoding: texts, which must be UTF-8, and messages, which must end
 * exactly where they say. Fields that are not named are only checked to be whole.
 */
export interface MessageShape {
  readonly [field: number]: 'string' | MessageShape;
}

/** Enough for every request there is, and too few for one that is made to be slow to read. */
const MAX_FIELDS = 4096;

/**
 * Checks that `bytes` are one whole protobuf message (protobuf.dev/programming-guides/encoding). The generated decoders
 * are lenient in ways that let bytes mean something else to us than to another reader: they stop without a word at tag
 * 0 or at the end of a group that never began, let an inner message reach beyond its outer one, and replace what is not
 * UTF-8. Groups, which proto3 does not have, are refused, and so are more than `maxFields` fields, inner ones included.
 * Throws MESSAGE_MALFORMED.
 */
export function checkMessage(
  bytes: Uint8Array,
  shape: MessageShape,
  maxFields: number = MAX_FIELDS,
): void {
  const cursor: Cursor = { bytes, position: 0, fields: 0, maxFields };
  checkFields(cursor, bytes.length, shape);
}

/** A decoder that accepts whole messages only. */
export function strictDecoder<Message>(
  codec: { decode(bytes: Uint8Array): Message },
  shape: MessageShape,
): (bytes: Uint8Array) => Message {
  return (bytes) => {
    checkMessage(bytes, shape);
    try {
      return codec.decode(bytes);
    } catch (error) {
      throw malformed('a value is out of range', error);
    }
  };
}

interface Cursor {
  readonly bytes: Uint8Array;
  position: number;
  fields: number;
  readonly maxFields: number;
}

function checkFields(cursor: Cursor, end: number, shape: MessageShape): void {
  while (cursor.position < end) {
    cursor.fields += 1;
    if (cursor.fields > cursor.maxFields) throw malformed(`more than ${cursor.maxFields} fields`);
    const tag = readVarint32(cursor, end);
    const field = tag >>> 3;
    if (field === 0) throw malformed('field number 0');
    switch (tag & 7) {
      case 0:
        skipVarint(cursor, end);
        break;
      case 1:
        skip(cursor, end, 8);
        break;
      case 2:
        checkDelimited(cursor, end, shape[field]);
        break;
      case 5:
        skip(cursor, end, 4);
        break;
      default:
        throw malformed(`field ${field} has wire type ${tag & 7}`);
    }
  }
}

function checkDelimited(
  cursor: Cursor,
  end: number,
  expected: MessageShape[number] | undefined,
): void {
  const length = readVarint32(cursor, end);
  if (length > end - cursor.position) throw malformed('a field is longer than its message');
  const fieldEnd = cursor.position + length;
  if (typeof expected === 'object') {
    checkFields(cursor, fieldEnd, expected);
  } else if (expected === 'string' && !isUtf8(cursor.bytes.subarray(cursor.position, fieldEnd))) {
    throw malformed('a text is not UTF-8');
  }
  cursor.position = fieldEnd;
}

function skip(cursor: Cursor, end: number, length: number): void {
  if (length > end - cursor.position) throw malformed('a field is longer than its message');
  cursor.position += length;
}

/** A tag or a length: at most 32 bits. Longer spellings of small numbers are refused: no encoder writes them. */
function readVarint32(cursor: Cursor, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = nextByte(cursor, end);
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      if (value > 0xffffffff) break;
      return value;
    }
  }
  throw malformed('a tag or length has more than 32 bits');
}

function skipVarint(cursor: Cursor, end: number): void {
  for (let index = 0; index < 10; index += 1) {
    if (nextByte(cursor, end) < 0x80) return;
  }
  throw malformed('a number has more than 64 bits');
}

function nextByte(cursor: Cursor, end: number): number {
  const byte = cursor.bytes[cursor.position];
  if (byte === undefined || cursor.position >= end) throw malformed('it ends inside a field');
  cursor.position += 1;
  return byte;
}

function malformed(reason: string, cause?: unknown): BrokerError {
  return new BrokerError('MESSAGE_MALFORMED', `message: not a valid request: ${reason}`, { cause });
}
