import { KmipFailure, resultReason, type Failure } from '../failure.ts';
import { RESULT_STATUS } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { DEFAULT_TTLV_LIMITS, type TtlvLimits } from '../ttlv/limits.ts';
import { TtlvReader } from '../ttlv/reader.ts';
import { validate } from '../ttlv/validate.ts';
import { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, kmipVersion, type KmipVersion } from '../version.ts';
import { decodingFailure } from './decoding-failure.ts';
import type { ResponseHeader, ResponseItem, ResponseMessage } from './message.ts';
import { namedVersion, readNamedVersion, writeNamedVersion } from './protocol-version.ts';

/** An item to be written; its payload as a whole item, or as what writes one. */
export interface ResultItem {
  readonly operation?: number | undefined;
  readonly itemId?: Uint8Array | undefined;
  /** Result Status enumeration. */
  readonly status: number;
  /** Result Reason enumeration. */
  readonly reason?: number | undefined;
  readonly message?: string | undefined;
  readonly payload?: Uint8Array | ((writer: TtlvWriter) => void) | undefined;
}

/** Characters of a Result Message. */
const MAXIMUM_MESSAGE = 256;

/**
 * Begins a Response Message (KMIP 1.4 §7.1) with its header; the items follow. Returns where the batch count stands, for
 * `endResponse`: a batch that is stopped answers fewer items than were thought.
 */
export function beginResponse(writer: TtlvWriter, header: ResponseHeader): number {
  const { version, clientCorrelationValue, serverCorrelationValue } = header;
  writer.begin(TAG.responseMessage);
  writer.begin(TAG.responseHeader);
  writeNamedVersion(writer, namedVersion(version));
  writer.dateTime(TAG.timeStamp, header.timeStamp);
  if (version >= 14 && clientCorrelationValue !== undefined) {
    writer.text(TAG.clientCorrelationValue, clientCorrelationValue);
  }
  if (version >= 14 && serverCorrelationValue !== undefined) {
    writer.text(TAG.serverCorrelationValue, serverCorrelationValue);
  }
  writer.integer(TAG.batchCount, header.batchCount);
  const batchCountAt = writer.length - INTEGER_VALUE;
  writer.end();
  return batchCountAt;
}

/** Bytes of an Integer's value with its padding. */
const INTEGER_VALUE = 8;

/** Ends a Response Message that has `batchCount` items. */
export function endResponse(writer: TtlvWriter, batchCountAt: number, batchCount: number): void {
  const { buffer } = writer;
  buffer[batchCountAt] = batchCount >>> 24;
  buffer[batchCountAt + 1] = batchCount >>> 16;
  buffer[batchCountAt + 2] = batchCount >>> 8;
  buffer[batchCountAt + 3] = batchCount;
  writer.end();
}

/** Writes a Batch Item of a response. What `payload` throws passes through, and the item is not whole then. */
export function writeResultItem(writer: TtlvWriter, item: ResultItem): void {
  writer.begin(TAG.batchItem);
  if (item.operation !== undefined) writer.enumeration(TAG.operation, item.operation);
  if (item.itemId !== undefined) writer.byteString(TAG.uniqueBatchItemId, item.itemId);
  writer.enumeration(TAG.resultStatus, item.status);
  if (item.reason !== undefined) writer.enumeration(TAG.resultReason, item.reason);
  if (item.message !== undefined) {
    writer.text(TAG.resultMessage, item.message.slice(0, MAXIMUM_MESSAGE));
  }
  if (item.payload instanceof Uint8Array) writer.raw(item.payload);
  else item.payload?.(writer);
  writer.end();
}

/**
 * The whole answer to a message that is refused as a whole (KMIP 1.4 §11.1): one item that names no operation.
 * `timeStamp` is in seconds since 1970.
 */
export function encodeMessageFailure(
  version: KmipVersion,
  failure: Failure,
  message: string,
  timeStamp: bigint,
  correlation: Pick<ResponseHeader, 'clientCorrelationValue' | 'serverCorrelationValue'> = {},
): Uint8Array {
  const writer = new TtlvWriter(512);
  const batchCountAt = beginResponse(writer, {
    version,
    timeStamp,
    ...correlation,
    batchCount: 1,
  });
  const reason = resultReason(failure, version);
  writeResultItem(writer, { status: RESULT_STATUS.operationFailed, reason, message });
  endResponse(writer, batchCountAt, 1);
  return writer.finish();
}

/**
 * Reads a Response Message. Strict: everything must be as the specification has it, in its order. Views into `bytes` are
 * part of the result. KmipFailure when it is not.
 */
export function decodeResponse(
  bytes: Uint8Array,
  limits: TtlvLimits = DEFAULT_TTLV_LIMITS,
): ResponseMessage {
  let reader: TtlvReader | undefined;
  try {
    validate(bytes, limits);
    reader = new TtlvReader(bytes, limits);
    reader.enter(TAG.responseMessage);
    const header = readHeader(reader);
    const items: ResponseItem[] = [];
    while (reader.has(TAG.batchItem)) items.push(readItem(reader));
    reader.leave();
    if (items.length !== header.batchCount) {
      throw new KmipFailure('invalidMessage', 'the batch count is not the number of batch items');
    }
    return { header, items };
  } catch (error) {
    throw decodingFailure(error, reader, 'invalidMessage');
  }
}

function readHeader(reader: TtlvReader): ResponseHeader {
  reader.enter(TAG.responseHeader);
  const { major, minor } = readNamedVersion(reader);
  const version = kmipVersion(major, minor);
  if (version === undefined) {
    throw new KmipFailure('unsupportedProtocolVersion', 'the answer has an unknown version');
  }
  const timeStamp = reader.dateTime(TAG.timeStamp);
  if (version >= 12 && reader.has(TAG.nonce)) reader.skip();
  if (isVersion2(version) && reader.has(TAG.serverHashedPassword)) reader.skip();
  while (version >= 12 && reader.has(TAG.attestationType)) reader.skip();
  const client = version >= 14 && reader.has(TAG.clientCorrelationValue);
  const clientCorrelationValue = client ? reader.text(TAG.clientCorrelationValue) : undefined;
  const server = version >= 14 && reader.has(TAG.serverCorrelationValue);
  const serverCorrelationValue = server ? reader.text(TAG.serverCorrelationValue) : undefined;
  const batchCount = reader.integer(TAG.batchCount);
  reader.leave();
  return {
    version,
    timeStamp,
    ...(clientCorrelationValue === undefined ? undefined : { clientCorrelationValue }),
    ...(serverCorrelationValue === undefined ? undefined : { serverCorrelationValue }),
    batchCount,
  };
}

function readItem(reader: TtlvReader): ResponseItem {
  reader.enter(TAG.batchItem);
  const operation = reader.has(TAG.operation) ? reader.enumeration(TAG.operation) : undefined;
  const itemId = reader.has(TAG.uniqueBatchItemId)
    ? reader.byteString(TAG.uniqueBatchItemId)
    : undefined;
  const status = reader.enumeration(TAG.resultStatus);
  const reason = reader.has(TAG.resultReason) ? reader.enumeration(TAG.resultReason) : undefined;
  const message = reader.has(TAG.resultMessage) ? reader.text(TAG.resultMessage) : undefined;
  // An answer that is still to be made cannot be waited for here; its status says so.
  if (reader.has(TAG.asynchronousCorrelationValue)) reader.skip();
  const payload = reader.has(TAG.responsePayload) ? reader.item(TAG.responsePayload) : undefined;
  while (reader.has(TAG.messageExtension)) reader.skip();
  reader.leave();
  return {
    ...(operation === undefined ? undefined : { operation }),
    ...(itemId === undefined ? undefined : { itemId }),
    status,
    ...(reason === undefined ? undefined : { reason }),
    ...(message === undefined ? undefined : { message }),
    ...(payload === undefined ? undefined : { payload }),
  };
}
