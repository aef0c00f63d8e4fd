import type { ItemResult } from '../../kmip/engine/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { RESULT_STATUS } from '../../kmip/tables/enumerations.ts';
import { uidIn, type CoreAnswer } from '../delegate/core-answer.ts';
import { isWithoutAnswer } from '../delegate/delegate-failure.ts';
import { writeNaming } from '../delegate/named-object.ts';
import { notFoundHere } from './find-key.ts';
import type { OperationCall, OperationParts } from './operation.ts';

/** Asks the Core about the object of an item; `uid` is what the item names, resolved. */
export function askAbout(
  uid: string,
  { item, context, client, version, name }: OperationCall,
  { delegate }: OperationParts,
): Promise<CoreAnswer> {
  return delegate.ask({
    ...{ operation: item.operation, name, version, client },
    payload: (writer) => {
      writeNaming(writer, item.payload, uid);
    },
    after: { uid },
    scope: context.scope,
    deadline: context.deadline,
  });
}

/** Asks the Core for a read of an object that is not here. While nobody answers, it is simply not found. */
export async function readElsewhere(
  uid: string,
  call: OperationCall,
  parts: OperationParts,
): Promise<CoreAnswer> {
  try {
    return await askAbout(uid, call, parts);
  } catch (error) {
    throw isWithoutAnswer(error) ? notFoundHere(error) : error;
  }
}

/** The Core's answer as that of the item. With `makesObject`, what it names is the ID Placeholder from here on. */
export function relayed(answer: CoreAnswer, makesObject = false): ItemResult {
  const { succeeded, reason, message, payload } = answer;
  if (!succeeded || payload === undefined) {
    answer.discard();
    return {
      kind: 'relayed',
      status: succeeded ? RESULT_STATUS.success : RESULT_STATUS.operationFailed,
      ...(reason === undefined ? undefined : { reason }),
      ...(message === undefined ? undefined : { message }),
    };
  }
  const placeholder = makesObject ? uidIn(payload) : undefined;
  return {
    kind: 'success',
    ...(placeholder === undefined ? undefined : { placeholder }),
    writePayload: (writer) => {
      // It may hold a key, or what was decrypted: ours to wipe, here and in the response.
      writer.markSecret();
      try {
        writer.raw(payload);
      } finally {
        answer.discard();
      }
    },
  };
}

/** Bytes of the largest answer that only names an object. */
const ROOM_FOR_UID = 8 + 16 + 8 + 256;

/**
 * What is committed has to be said: refuses an item whose answer would not fit, before anything is done. `more`: bytes that
 * the answer has beside the name of an object.
 */
export function requireRoom({ context }: OperationCall, more = 0): void {
  if (context.payloadRoom < ROOM_FOR_UID + more) {
    throw new KmipFailure('responseTooLarge', 'the response is too large');
  }
}
