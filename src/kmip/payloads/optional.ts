import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';

/*
 * Fields that may be absent: undefined then, in both directions. A field that came with a later version is simply not
 * looked for, and is refused with everything else that is left over at the end of the payload.
 */

export function readInteger(reader: TtlvReader, tag: number): number | undefined {
  return reader.has(tag) ? reader.integer(tag) : undefined;
}

export function readEnumeration(reader: TtlvReader, tag: number): number | undefined {
  return reader.has(tag) ? reader.enumeration(tag) : undefined;
}

export function readBoolean(reader: TtlvReader, tag: number): boolean | undefined {
  return reader.has(tag) ? reader.boolean(tag) : undefined;
}

export function readText(reader: TtlvReader, tag: number): string | undefined {
  return reader.has(tag) ? reader.text(tag) : undefined;
}

/** A view of the value. */
export function readBytes(reader: TtlvReader, tag: number): Uint8Array | undefined {
  return reader.has(tag) ? reader.byteString(tag) : undefined;
}

/** Seconds since 1970. */
export function readDate(reader: TtlvReader, tag: number): bigint | undefined {
  return reader.has(tag) ? reader.dateTime(tag) : undefined;
}

/** Seconds. */
export function readInterval(reader: TtlvReader, tag: number): number | undefined {
  return reader.has(tag) ? reader.interval(tag) : undefined;
}

/** A view of the whole item. */
export function readItem(reader: TtlvReader, tag: number): Uint8Array | undefined {
  return reader.has(tag) ? reader.item(tag) : undefined;
}

export function writeInteger(writer: TtlvWriter, tag: number, value: number | undefined): void {
  if (value !== undefined) writer.integer(tag, value);
}

export function writeEnumeration(writer: TtlvWriter, tag: number, value: number | undefined): void {
  if (value !== undefined) writer.enumeration(tag, value);
}

export function writeBoolean(writer: TtlvWriter, tag: number, value: boolean | undefined): void {
  if (value !== undefined) writer.boolean(tag, value);
}

export function writeText(writer: TtlvWriter, tag: number, value: string | undefined): void {
  if (value !== undefined) writer.text(tag, value);
}

export function writeBytes(writer: TtlvWriter, tag: number, value: Uint8Array | undefined): void {
  if (value !== undefined) writer.byteString(tag, value);
}

export function writeDate(writer: TtlvWriter, tag: number, value: bigint | undefined): void {
  if (value !== undefined) writer.dateTime(tag, value);
}

export function writeInterval(writer: TtlvWriter, tag: number, value: number | undefined): void {
  if (value !== undefined) writer.interval(tag, value);
}

export function writeItem(writer: TtlvWriter, item: Uint8Array | undefined): void {
  if (item !== undefined) writer.raw(item);
}
