import { TAG } from '../../../src/kmip/tables/tags.ts';
import { TtlvError } from '../../../src/kmip/ttlv/ttlv-error.ts';
import { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';

/** Bytes written as hex, spaced and broken as is pleasant to read. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/[\s|]/gu, ''), 'hex'));
}

/** What `write` leaves in a fresh writer, as bytes of their own. */
export function written(write: (writer: TtlvWriter) => void): Uint8Array {
  const writer = new TtlvWriter();
  write(writer);
  return Uint8Array.from(writer.finish());
}

/** The TtlvError that `action` ends in. Fails the test when it succeeds or ends otherwise. */
export function ttlvFailure(action: () => unknown): TtlvError {
  try {
    action();
  } catch (error) {
    if (error instanceof TtlvError) return error;
    throw error;
  }
  throw new Error('the bytes were accepted');
}

function header(writer: TtlvWriter, tag: number, items: number): void {
  writer.begin(tag);
  writer.begin(TAG.protocolVersion);
  writer.integer(TAG.protocolVersionMajor, 1);
  writer.integer(TAG.protocolVersionMinor, 4);
  writer.end();
  writer.dateTime(TAG.timeStamp, 1_700_000_000n);
  writer.integer(TAG.batchCount, items);
  writer.end();
}

function attribute(writer: TtlvWriter, name: string, value: (writer: TtlvWriter) => void): void {
  writer.begin(TAG.attribute);
  writer.text(TAG.attributeName, name);
  value(writer);
  writer.end();
}

/** The key that `createAndGetResponse` hands out: what must never be seen in print. */
export const SAMPLE_KEY: Uint8Array = Uint8Array.from(
  { length: 32 },
  (_, index) => (index * 37 + 11) & 0xff,
);

/** A Create and Get in one batch as a client of 1.4 sends it, with a credential in the header of the first item. */
export function createAndGetRequest(writer: TtlvWriter): void {
  writer.begin(TAG.requestMessage);
  header(writer, TAG.requestHeader, 2);
  writer.begin(TAG.batchItem);
  writer.enumeration(TAG.operation, 0x01);
  writer.byteString(TAG.uniqueBatchItemId, Uint8Array.of(1));
  writer.begin(TAG.requestPayload);
  writer.enumeration(TAG.objectType, 0x02);
  writer.begin(TAG.templateAttribute);
  attribute(writer, 'Cryptographic Algorithm', (to) => {
    to.enumeration(TAG.attributeValue, 0x03);
  });
  attribute(writer, 'Cryptographic Length', (to) => {
    to.integer(TAG.attributeValue, 256);
  });
  attribute(writer, 'Cryptographic Usage Mask', (to) => {
    to.integer(TAG.attributeValue, 0x0c);
  });
  attribute(writer, 'Name', (to) => {
    to.begin(TAG.attributeValue);
    to.text(TAG.nameValue, 'orders/ключ-1');
    to.enumeration(TAG.nameType, 0x01);
    to.end();
  });
  attribute(writer, 'x-note', (to) => {
    to.text(TAG.attributeValue, 'the launch code is 0000');
  });
  writer.end();
  writer.end();
  writer.end();
  writer.begin(TAG.batchItem);
  writer.enumeration(TAG.operation, 0x0a);
  writer.byteString(TAG.uniqueBatchItemId, Uint8Array.of(2));
  writer.begin(TAG.requestPayload);
  writer.end();
  writer.end();
  writer.end();
}

/** The answer to it, the key in the clear. */
export function createAndGetResponse(writer: TtlvWriter): void {
  const uid = '0a1b2c3d-0a1b-4c3d-8e9f-0a1b2c3d4e5f';
  writer.begin(TAG.responseMessage);
  header(writer, TAG.responseHeader, 2);
  writer.begin(TAG.batchItem);
  writer.enumeration(TAG.operation, 0x01);
  writer.enumeration(TAG.resultStatus, 0);
  writer.begin(TAG.responsePayload);
  writer.enumeration(TAG.objectType, 0x02);
  writer.text(TAG.uniqueIdentifier, uid);
  writer.end();
  writer.end();
  writer.begin(TAG.batchItem);
  writer.enumeration(TAG.operation, 0x0a);
  writer.enumeration(TAG.resultStatus, 0);
  writer.begin(TAG.responsePayload);
  writer.enumeration(TAG.objectType, 0x02);
  writer.text(TAG.uniqueIdentifier, uid);
  writer.begin(TAG.symmetricKey);
  writer.begin(TAG.keyBlock);
  writer.enumeration(TAG.keyFormatType, 0x01);
  writer.begin(TAG.keyValue);
  const at = writer.reserve(TAG.keyMaterial, SAMPLE_KEY.byteLength);
  writer.buffer.set(SAMPLE_KEY, at);
  writer.end();
  writer.enumeration(TAG.cryptographicAlgorithm, 0x03);
  writer.integer(TAG.cryptographicLength, 256);
  writer.end();
  writer.end();
  writer.end();
  writer.end();
  writer.end();
}

/** One item of every type, at every place where padding can begin. */
export function everyType(writer: TtlvWriter): void {
  writer.begin(TAG.requestMessage);
  writer.integer(TAG.batchCount, -1);
  writer.longInteger(TAG.usageLimitsTotal, -(1n << 63n));
  writer.bigInteger(TAG.modulus, -(1n << 64n));
  writer.enumeration(TAG.operation, 0xffff_ffff);
  writer.boolean(TAG.fresh, true);
  for (let length = 0; length <= 9; length += 1) {
    writer.text(TAG.nameValue, 'a'.repeat(length));
    writer.byteString(TAG.data, new Uint8Array(length).fill(0xff));
  }
  writer.dateTime(TAG.timeStamp, -1n);
  writer.interval(TAG.leaseTime, 0xffff_ffff);
  writer.dateTimeExtended(TAG.submissionDate, 1_700_000_000_123_456n);
  writer.end();
}
