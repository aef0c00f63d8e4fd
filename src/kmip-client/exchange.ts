import { BrokerError } from '../errors/index.ts';
import { KmipFailure } from '../kmip/failure.ts';
import type { ErrorContinuation, ResponseItem, ResponseMessage } from '../kmip/messages/message.ts';
import { encodeRequest } from '../kmip/messages/request.ts';
import { decodeResponse } from '../kmip/messages/response.ts';
import { RESULT_STATUS } from '../kmip/tables/enumerations.ts';
import { DEFAULT_TTLV_LIMITS } from '../kmip/ttlv/limits.ts';
import { TtlvReader } from '../kmip/ttlv/reader.ts';
import { TtlvError } from '../kmip/ttlv/ttlv-error.ts';
import { TtlvWriter } from '../kmip/ttlv/writer.ts';
import { versionText, type KmipVersion } from '../kmip/version.ts';
import { KmipOperationError, malformed } from './failure.ts';
import type { Operation } from './operation.ts';

/** What became of one item of a batch. */
export type Outcome<Result> =
  | { readonly ok: true; readonly result: Result }
  /** Refused, or not run because an item before it was. */
  | { readonly ok: false; readonly error: KmipOperationError };

/** The outcomes of operations, in their order. */
export type Outcomes<Operations extends readonly Operation<unknown>[]> = {
  readonly [Index in keyof Operations]: Operations[Index] extends Operation<infer Result>
    ? Outcome<Result>
    : never;
};

/** A message to be sent. */
export interface Batch<Operations extends readonly Operation<unknown>[]> {
  readonly version: KmipVersion;
  readonly operations: Operations;
  readonly errorContinuation: Exclude<ErrorContinuation, 'undo'>;
  /** Bytes. */
  readonly maximumResponseSize: number;
  /** Client Correlation Value (KMIP 1.4 §6.15); older versions have no place for it. */
  readonly correlationId?: string | undefined;
}

/** Writes a batch as a message. An operation that is newer than the version is KMIP_VERSION_UNSUPPORTED. */
export function writeBatch({
  version,
  operations,
  errorContinuation,
  maximumResponseSize,
  correlationId,
}: Batch<readonly Operation<unknown>[]>): Uint8Array {
  const newer = operations.find(({ since }) => since > version);
  if (newer !== undefined) {
    throw new BrokerError(
      'KMIP_VERSION_UNSUPPORTED',
      `there is no ${newer.name} in KMIP ${versionText(version)}`,
    );
  }
  const writer = new TtlvWriter();
  // It may carry a key, and its memory must not keep one when it grows.
  writer.markSecret();
  encodeRequest(
    writer,
    {
      version,
      maximumResponseSize,
      errorContinuation,
      hasAuthentication: false,
      ...(correlationId === undefined ? undefined : { clientCorrelationValue: correlationId }),
    },
    operations.map(({ code, write }, index) => ({
      operation: code,
      itemId: operations.length > 1 ? itemId(index) : undefined,
      payload: (to) => {
        write(to, version);
      },
    })),
  );
  return writer.finish();
}

/** Reads the answer to a batch. KMIP_FAILED when the message was refused as a whole, KMIP_RESPONSE_MALFORMED. */
export function readBatch<const Operations extends readonly Operation<unknown>[]>(
  bytes: Uint8Array,
  batch: Batch<Operations>,
): Outcomes<Operations> {
  try {
    const response = decodeResponse(bytes, {
      ...DEFAULT_TTLV_LIMITS,
      messageLength: batch.maximumResponseSize,
      fieldLength: batch.maximumResponseSize,
    });
    return outcomes(response, batch) as Outcomes<Operations>;
  } catch (error) {
    if (error instanceof KmipFailure || error instanceof TtlvError) {
      throw malformed(`the response cannot be read: ${error.message}`, error);
    }
    throw error;
  }
}

/** Two items are told apart by eight bytes: what every known server takes. */
function itemId(index: number): Uint8Array {
  const id = Buffer.alloc(8);
  id.writeUInt32BE(index + 1, 4);
  return id;
}

function outcomes(
  { header, items }: ResponseMessage,
  { version, operations, errorContinuation }: Batch<readonly Operation<unknown>[]>,
): Outcome<unknown>[] {
  const [first] = items;
  if (first === undefined) throw malformed('the response has no items');
  if (first.operation === undefined && first.status !== RESULT_STATUS.success) {
    throw new KmipOperationError(undefined, first);
  }
  if (header.version !== version) throw malformed('the response has another version');
  const failedAt = items.findIndex(({ status }) => status !== RESULT_STATUS.success);
  const mayBeShort = errorContinuation === 'stop' && failedAt === items.length - 1;
  if (items.length > operations.length || (items.length < operations.length && !mayBeShort)) {
    throw malformed('the response has another number of items');
  }
  return operations.map((operation, index) => {
    const item = items[index];
    return item === undefined
      ? notRun(operation)
      : outcome(operation, item, operations.length > 1 ? itemId(index) : undefined, version);
  });
}

function outcome(
  operation: Operation<unknown>,
  item: ResponseItem,
  id: Uint8Array | undefined,
  version: KmipVersion,
): Outcome<unknown> {
  if (item.operation !== operation.code) {
    throw malformed(`the response to ${operation.name} is of another operation`);
  }
  if (id !== undefined && Buffer.compare(id, item.itemId ?? new Uint8Array(0)) !== 0) {
    throw malformed(`the response to ${operation.name} has another item id`);
  }
  if (item.status !== RESULT_STATUS.success) {
    return { ok: false, error: new KmipOperationError(operation.name, item) };
  }
  const reader = new TtlvReader(item.payload ?? NO_PAYLOAD);
  return { ok: true, result: operation.read(reader, version) };
}

/** An empty Response Payload: what an operation without results is answered with. */
const NO_PAYLOAD = Uint8Array.of(0x42, 0x00, 0x7c, 0x01, 0, 0, 0, 0);

function notRun(operation: Operation<unknown>): Outcome<never> {
  return {
    ok: false,
    error: new KmipOperationError(operation.name, {
      status: RESULT_STATUS.operationFailed,
      message: 'not run, since an earlier operation of the batch failed',
    }),
  };
}
