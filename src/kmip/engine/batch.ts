import { KmipFailure, resultReason } from '../failure.ts';
import type { RequestItem, RequestMessage } from '../messages/message.ts';
import { writeResultItem } from '../messages/response.ts';
import { RESULT_STATUS } from '../tables/enumerations.ts';
import { enumerationFacts, livesIn } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { EngineOptions } from './engine-options.ts';
import type { ItemContext, ItemResult } from './engine.ts';
import type { MessageScope } from './message-scope.ts';
import { reservations, successLength, TOO_LARGE_TEXT } from './response-room.ts';

/** One batch and what surrounds it. */
export interface BatchRun<Session> {
  readonly message: RequestMessage;
  readonly session: Session;
  readonly scope: MessageScope;
  /** Monotonic milliseconds. */
  readonly deadline: number;
  /** The response, begun: its header is written. */
  readonly writer: TtlvWriter;
  /** Bytes the whole response may have. */
  readonly limit: number;
}

/**
 * Runs the items of a batch in order and writes their results (KMIP 1.4 §4, §6.4, §6.13). Returns how many were written:
 * after a failure under Stop the items behind it are neither run nor answered. KmipFailure, before anything is run, when
 * the response has no room for as much as failures.
 */
export async function runBatch<Session>(
  options: EngineOptions<Session>,
  run: BatchRun<Session>,
): Promise<number> {
  const { message, writer, limit } = run;
  const { items, header } = message;
  const reserved = reservations(items, header.errorContinuation);
  if (writer.length + (reserved[0] ?? 0) > limit) {
    throw new KmipFailure('responseTooLarge', TOO_LARGE_TEXT);
  }
  const uids: (string | undefined)[] = [];
  const uidOfItem = (index: number): string | undefined => uids[index];
  let placeholder: string | undefined;
  for (const [index, item] of items.entries()) {
    const end = limit - (reserved[index + 1] ?? 0);
    const result = await runItem(options, run, item, end, { index, placeholder, uidOfItem });
    if (result === 'failed') {
      placeholder = undefined;
      if (header.errorContinuation === 'stop') return index + 1;
    } else {
      uids[index] = result.placeholder;
      placeholder = result.placeholder ?? placeholder;
    }
  }
  return items.length;
}

/** Runs one item and writes its result, which ends before `end` if it succeeds. */
async function runItem<Session>(
  { executor, clock, onFault }: EngineOptions<Session>,
  { message, session, scope, deadline, writer, limit }: BatchRun<Session>,
  item: RequestItem,
  end: number,
  position: Pick<ItemContext<Session>, 'index' | 'placeholder' | 'uidOfItem'>,
): Promise<'failed' | { readonly placeholder: string | undefined }> {
  const { header } = message;
  const { version, errorContinuation } = header;
  const start = writer.mark();
  try {
    if (clock.monotonicMs() >= deadline) {
      throw new KmipFailure('generalFailure', 'the request took too long');
    }
    requireSupported(item, header.version);
    const payloadRoom = end - start - successLength(item);
    if (payloadRoom < 0) throw tooLarge();
    const result = await executor.execute(item, {
      ...position,
      session,
      scope,
      header,
      version,
      errorContinuation,
      payloadRoom,
      deadline,
    });
    writeResult(writer, item, result);
    if (writer.length > end) throw tooLarge();
    if (result.kind === 'relayed' && result.status !== RESULT_STATUS.success) {
      scope.answered(item, result.reason ?? resultReason('generalFailure', version));
      return 'failed';
    }
    scope.answered(item, undefined, result.placeholder);
    return { placeholder: result.placeholder };
  } catch (error) {
    writer.rewind(start);
    if (!(error instanceof KmipFailure)) onFault(error, scope);
    const { failure, message: text } =
      error instanceof KmipFailure ? error : { failure: 'generalFailure' as const, message: FAULT };
    const reason = resultReason(failure, version);
    const refusal = {
      operation: item.operation,
      itemId: item.itemId,
      status: RESULT_STATUS.operationFailed,
      reason,
    };
    writeResultItem(writer, { ...refusal, message: text });
    // Under Stop this is the last item, so it may use what was kept free for others.
    if (writer.length > (errorContinuation === 'stop' ? limit : end)) {
      writer.rewind(start);
      writeResultItem(writer, refusal);
    }
    scope.answered(item, reason);
    return 'failed';
  }
}

/** What a peer is told of a fault of ours; the log knows more. */
const FAULT = 'the operation failed inside the server';

function tooLarge(): KmipFailure {
  return new KmipFailure('responseTooLarge', TOO_LARGE_TEXT);
}

/** Refuses what this version has no operation for, and items that must be understood and are not. */
function requireSupported(item: RequestItem, version: ItemContext<unknown>['version']): void {
  const facts = enumerationFacts(TAG.operation, item.operation);
  if (facts === undefined || !livesIn(facts, version)) {
    throw new KmipFailure('operationNotSupported', 'the operation is not supported');
  }
  if (item.criticalExtension) {
    throw new KmipFailure('featureNotSupported', 'a critical extension is not supported');
  }
}

function writeResult(writer: TtlvWriter, item: RequestItem, result: ItemResult): void {
  const { operation, itemId } = item;
  if (result.kind === 'success') {
    writeResultItem(writer, {
      operation,
      itemId,
      status: RESULT_STATUS.success,
      payload: result.writePayload,
    });
    return;
  }
  const { status, reason, message, payload } = result;
  if (status !== RESULT_STATUS.success && status !== RESULT_STATUS.operationFailed) {
    // Neither a pending nor an undone operation can be asked for here.
    throw new RangeError(`a relayed result has the status ${status}`);
  }
  writeResultItem(writer, { operation, itemId, status, reason, message, payload });
}
