import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import { DEFAULT_TTLV_LIMITS, type TtlvLimits } from '../ttlv/limits.ts';
import { TtlvReader } from '../ttlv/reader.ts';
import { TtlvError } from '../ttlv/ttlv-error.ts';
import { TYPE } from '../ttlv/types.ts';
import { validate } from '../ttlv/validate.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, KMIP_VERSIONS, kmipVersion, type KmipVersion } from '../version.ts';
import { decodingFailure } from './decoding-failure.ts';
import { MessageFailure } from './message-failure.ts';
import type { RequestHeader, RequestItem, RequestMessage } from './message.ts';
import { readNamedVersion, type NamedVersion } from './protocol-version.ts';
import { readRequestHeader, writeRequestHeader } from './request-header.ts';

/** What a request may cost at most. */
export interface RequestLimits {
  readonly ttlv: TtlvLimits;
  /** Batch items. Known clients send up to 4. */
  readonly batch: number;
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = { ttlv: DEFAULT_TTLV_LIMITS, batch: 128 };

/**
 * Reads a Request Message (KMIP 1.4 §7.1): the header in full, of the items what is outside their payloads. The bytes of
 * all structures are checked, so that only what payloads say can still be wrong. Views into `bytes` are part of the result.
 * Anything that fails the whole message is MessageFailure.
 */
export function decodeRequest(
  bytes: Uint8Array,
  limits: RequestLimits = DEFAULT_REQUEST_LIMITS,
): RequestMessage {
  let version: KmipVersion = OLDEST;
  let header: RequestHeader | undefined;
  let reader: TtlvReader | undefined;
  try {
    reader = new TtlvReader(bytes, limits.ttlv);
    reader.enter(TAG.requestMessage);
    reader.enter(TAG.requestHeader);
    // First of all, for it says how to read the rest and how to answer.
    version = supported(readNamedVersion(reader));
    validate(bytes, limits.ttlv);
    header = readRequestHeader(reader, version);
    reader.leave();
    const items = readItems(reader, header, limits.batch);
    reader.leave();
    return { header, items };
  } catch (error) {
    throw messageFailure(error, reader, version, header);
  }
}

/** An item to be written; its payload as a whole item, or as what writes one. */
export interface NewRequestItem {
  readonly operation: number;
  readonly itemId?: Uint8Array | undefined;
  readonly payload: Uint8Array | ((writer: TtlvWriter) => void);
}

/** Writes a whole Request Message. The batch count is that of the items. */
export function encodeRequest(
  writer: TtlvWriter,
  header: Omit<RequestHeader, 'batchCount'>,
  items: readonly NewRequestItem[],
): void {
  writer.begin(TAG.requestMessage);
  writeRequestHeader(writer, { ...header, batchCount: items.length });
  for (const { operation, itemId, payload } of items) {
    writer.begin(TAG.batchItem);
    writer.enumeration(TAG.operation, operation);
    if (itemId !== undefined) writer.byteString(TAG.uniqueBatchItemId, itemId);
    if (payload instanceof Uint8Array) writer.raw(payload);
    else payload(writer);
    writer.end();
  }
  writer.end();
}

/** The version to answer in while no better one is known. */
const OLDEST: KmipVersion = 10;

function supported(named: NamedVersion): KmipVersion {
  const version = kmipVersion(named.major, named.minor);
  if (version !== undefined) return version;
  throw new MessageFailure(
    'unsupportedProtocolVersion',
    'the protocol version is not supported',
    nearestVersion(named),
  );
}

/** The newest version that is not newer than the one named: the most that its sender may understand. */
function nearestVersion({ major, minor }: NamedVersion): KmipVersion {
  const isNotNewer = (version: KmipVersion): boolean => {
    const known = Math.floor(version / 10);
    return known < major || (known === major && version % 10 <= minor);
  };
  return KMIP_VERSIONS.find(isNotNewer) ?? OLDEST;
}

function messageFailure(
  error: unknown,
  reader: TtlvReader | undefined,
  version: KmipVersion,
  header: RequestHeader | undefined,
): unknown {
  if (error instanceof MessageFailure) return error;
  const failure = decodingFailure(error, reader, 'invalidMessage');
  if (!(failure instanceof KmipFailure)) return failure;
  return new MessageFailure(failure.failure, failure.message, version, {
    cause: failure,
    clientCorrelationValue: header?.clientCorrelationValue,
  });
}

function readItems(
  reader: TtlvReader,
  { version, batchCount }: RequestHeader,
  maximum: number,
): RequestItem[] {
  if (batchCount > maximum) {
    throw new KmipFailure('serverLimitExceeded', `a batch has at most ${maximum} items`);
  }
  const items: RequestItem[] = [];
  while (reader.has(TAG.batchItem)) {
    if (items.length === batchCount) throw wrongCount();
    items.push(readItem(reader, version));
  }
  if (items.length !== batchCount || batchCount === 0) throw wrongCount();
  return items;
}

function wrongCount(): KmipFailure {
  return new KmipFailure('invalidMessage', 'the batch count is not the number of batch items');
}

function readItem(reader: TtlvReader, version: KmipVersion): RequestItem {
  reader.enter(TAG.batchItem);
  const operation = reader.enumeration(TAG.operation);
  const ephemeral = isVersion2(version) && reader.has(TAG.ephemeral) && readEphemeral(reader);
  const itemId = reader.has(TAG.uniqueBatchItemId)
    ? reader.byteString(TAG.uniqueBatchItemId)
    : undefined;
  if (reader.has(TAG.requestPayload) && reader.nextType() !== TYPE.structure) {
    throw new TtlvError('wrong-type', reader.offset, 'a payload is a Structure');
  }
  const payload = reader.item(TAG.requestPayload);
  let critical = ephemeral;
  while (reader.has(TAG.messageExtension)) critical = readExtension(reader) || critical;
  reader.leave();
  return itemId === undefined
    ? { operation, payload, criticalExtension: critical }
    : { operation, itemId, payload, criticalExtension: critical };
}

/** A Boolean (KMIP 2.1 §8.3), by its table of enumerations an Enumeration; only `false` asks for nothing. */
function readEphemeral(reader: TtlvReader): boolean {
  if (reader.nextType() === TYPE.boolean) return reader.boolean(TAG.ephemeral);
  reader.enumeration(TAG.ephemeral);
  return true;
}

/** Says whether it is critical (KMIP 1.4 §6.16); none is known here. */
function readExtension(reader: TtlvReader): boolean {
  reader.enter(TAG.messageExtension);
  reader.text(TAG.vendorIdentification);
  const critical = reader.boolean(TAG.criticalityIndicator);
  reader.skipRest();
  reader.leave();
  return critical;
}
