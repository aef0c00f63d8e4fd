import { TAG } from '../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../src/kmip/ttlv/reader.ts';
import type { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';
import { written } from './ttlv-samples.ts';

/** Writes something into a message that is made by hand. */
export type Piece = (writer: TtlvWriter) => void;

export function structure(tag: number, ...pieces: readonly Piece[]): Piece {
  return (writer) => {
    writer.begin(tag);
    for (const piece of pieces) piece(writer);
    writer.end();
  };
}

export const integer =
  (tag: number, value: number): Piece =>
  (writer) => {
    writer.integer(tag, value);
  };

export const enumeration =
  (tag: number, value: number): Piece =>
  (writer) => {
    writer.enumeration(tag, value);
  };

export const text =
  (tag: number, value: string): Piece =>
  (writer) => {
    writer.text(tag, value);
  };

export const bytes =
  (tag: number, value: Uint8Array): Piece =>
  (writer) => {
    writer.byteString(tag, value);
  };

export const boolean =
  (tag: number, value: boolean): Piece =>
  (writer) => {
    writer.boolean(tag, value);
  };

export const date =
  (tag: number, seconds: bigint): Piece =>
  (writer) => {
    writer.dateTime(tag, seconds);
  };

/** An Attribute of 1.x. */
export function attribute(name: string, ...value: readonly Piece[]): Piece {
  return structure(TAG.attribute, text(TAG.attributeName, name), ...value);
}

/** The value of a Name, under any tag. */
export function name(tag: number, value: string): Piece {
  return structure(tag, text(TAG.nameValue, value), enumeration(TAG.nameType, 1));
}

export function version(major: number, minor: number): Piece {
  return structure(
    TAG.protocolVersion,
    integer(TAG.protocolVersionMajor, major),
    integer(TAG.protocolVersionMinor, minor),
  );
}

/** A Request Message with these fields of its header behind the version. */
export function request(
  [major, minor]: readonly [number, number],
  header: readonly Piece[],
  ...items: readonly Piece[]
): Uint8Array {
  return written(
    structure(
      TAG.requestMessage,
      structure(TAG.requestHeader, version(major, minor), ...header),
      ...items,
    ),
  );
}

export function batchItem(operation: number, ...pieces: readonly Piece[]): Piece {
  return structure(TAG.batchItem, enumeration(TAG.operation, operation), ...pieces);
}

export function payload(...pieces: readonly Piece[]): Piece {
  return structure(TAG.requestPayload, ...pieces);
}

/** A reader that stands before a Request Payload of these fields. */
export function requestPayload(...pieces: readonly Piece[]): TtlvReader {
  return new TtlvReader(written(payload(...pieces)));
}

/** A reader that stands before these items. */
export function readerOf(...pieces: readonly Piece[]): TtlvReader {
  return new TtlvReader(
    written((writer) => {
      for (const piece of pieces) piece(writer);
    }),
  );
}
