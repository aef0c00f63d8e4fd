import { KmipFailure } from '../failure.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import { TYPE } from '../ttlv/types.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { ATTRIBUTE_LIMITS } from './limits.ts';

/** A value of any TTLV type, apart from the tag it is written under. */
export type TtlvValue =
  | { readonly type: 'structure'; readonly fields: readonly TtlvField[] }
  | { readonly type: 'integer'; readonly value: number }
  | { readonly type: 'longInteger'; readonly value: bigint }
  | { readonly type: 'bigInteger'; readonly value: bigint }
  | { readonly type: 'enumeration'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'textString'; readonly value: string }
  | { readonly type: 'byteString'; readonly value: Uint8Array }
  /** Seconds since 1970. */
  | { readonly type: 'dateTime'; readonly value: bigint }
  /** Seconds. */
  | { readonly type: 'interval'; readonly value: number }
  /** Microseconds since 1970. */
  | { readonly type: 'dateTimeExtended'; readonly value: bigint };

/** A field of a structure. */
export interface TtlvField {
  readonly tag: number;
  readonly value: TtlvValue;
}

/**
 * Reads the item at the cursor, whatever its type. Byte strings are copied: a value outlives the message. Throws TtlvError;
 * KmipFailure when a structure is deeper or longer than ATTRIBUTE_LIMITS allow.
 */
export function readValue(reader: TtlvReader, tag: number): TtlvValue {
  return readNested(reader, tag, 0);
}

function readNested(reader: TtlvReader, tag: number, depth: number): TtlvValue {
  switch (reader.nextType()) {
    case TYPE.structure:
      return { type: 'structure', fields: readFields(reader, tag, depth) };
    case TYPE.integer:
      return { type: 'integer', value: reader.integer(tag) };
    case TYPE.longInteger:
      return { type: 'longInteger', value: reader.longInteger(tag) };
    case TYPE.bigInteger:
      return { type: 'bigInteger', value: reader.bigInteger(tag) };
    case TYPE.enumeration:
      return { type: 'enumeration', value: reader.enumeration(tag) };
    case TYPE.boolean:
      return { type: 'boolean', value: reader.boolean(tag) };
    case TYPE.byteString:
      return { type: 'byteString', value: Uint8Array.from(bounded(reader.byteString(tag))) };
    case TYPE.dateTime:
      return { type: 'dateTime', value: reader.dateTime(tag) };
    case TYPE.interval:
      return { type: 'interval', value: reader.interval(tag) };
    case TYPE.dateTimeExtended:
      return { type: 'dateTimeExtended', value: reader.dateTimeExtended(tag) };
    default:
      // Also where nothing is left, or a type that does not exist: the reader says so.
      return { type: 'textString', value: bounded(reader.text(tag)) };
  }
}

function bounded<Value extends string | Uint8Array>(value: Value): Value {
  if (value.length > ATTRIBUTE_LIMITS.valueLength) {
    throw new KmipFailure('invalidField', 'an attribute value is too long');
  }
  return value;
}

function readFields(reader: TtlvReader, tag: number, depth: number): TtlvField[] {
  if (depth >= ATTRIBUTE_LIMITS.depth) {
    throw new KmipFailure('invalidField', 'an attribute value is nested too deep');
  }
  reader.enter(tag);
  const fields: TtlvField[] = [];
  while (!reader.atEnd()) {
    if (fields.length >= ATTRIBUTE_LIMITS.fields) {
      throw new KmipFailure('invalidField', 'an attribute value has too many fields');
    }
    const fieldTag = reader.nextTag();
    fields.push({ tag: fieldTag, value: readNested(reader, fieldTag, depth + 1) });
  }
  reader.leave();
  return fields;
}

/** Writes a value under a tag. A value that its type cannot hold is RangeError. */
export function writeValue(writer: TtlvWriter, tag: number, value: TtlvValue): void {
  switch (value.type) {
    case 'structure':
      writer.begin(tag);
      for (const field of value.fields) writeValue(writer, field.tag, field.value);
      writer.end();
      break;
    case 'integer':
      writer.integer(tag, value.value);
      break;
    case 'longInteger':
      writer.longInteger(tag, value.value);
      break;
    case 'bigInteger':
      writer.bigInteger(tag, value.value);
      break;
    case 'enumeration':
      writer.enumeration(tag, value.value);
      break;
    case 'boolean':
      writer.boolean(tag, value.value);
      break;
    case 'textString':
      writer.text(tag, value.value);
      break;
    case 'byteString':
      writer.byteString(tag, value.value);
      break;
    case 'dateTime':
      writer.dateTime(tag, value.value);
      break;
    case 'interval':
      writer.interval(tag, value.value);
      break;
    case 'dateTimeExtended':
      writer.dateTimeExtended(tag, value.value);
      break;
  }
}

/** True when two values are the same in type and content, field by field in order. */
export function sameValue(left: TtlvValue, right: TtlvValue): boolean {
  if (left.type === 'structure') {
    return right.type === 'structure' && sameFields(left.fields, right.fields);
  }
  if (left.type === 'byteString') {
    return right.type === 'byteString' && Buffer.compare(left.value, right.value) === 0;
  }
  return left.type === right.type && left.value === right.value;
}

function sameFields(left: readonly TtlvField[], right: readonly TtlvField[]): boolean {
  return (
    left.length === right.length &&
    left.every((field, index) => {
      const other = right[index];
      return field.tag === other?.tag && sameValue(field.value, other.value);
    })
  );
}

/** The first field of a structure with this tag; undefined for values that are none, and when it is absent. */
export function fieldOf(value: TtlvValue | undefined, tag: number): TtlvValue | undefined {
  if (value?.type !== 'structure') return undefined;
  return value.fields.find((field) => field.tag === tag)?.value;
}
