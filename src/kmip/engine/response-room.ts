import type { ErrorContinuation, RequestItem } from '../messages/message.ts';
import { HEADER_LENGTH } from '../ttlv/types.ts';

/** Result Message of an item whose answer is too large. */
export const TOO_LARGE_TEXT = 'the response is too large';

/** Bytes of an Enumeration with its header. */
const ENUMERATION = 16;

/** Bytes of a successful result without its payload. */
export function successLength(item: RequestItem): number {
  return envelope(item) + ENUMERATION;
}

/** Bytes of a failed result with the shortest text. */
function failureLength(item: RequestItem): number {
  return envelope(item) + 2 * ENUMERATION + textLength(TOO_LARGE_TEXT.length);
}

function envelope({ itemId }: RequestItem): number {
  return HEADER_LENGTH + ENUMERATION + (itemId === undefined ? 0 : textLength(itemId.byteLength));
}

function textLength(length: number): number {
  return HEADER_LENGTH + Math.ceil(length / 8) * 8;
}

/**
 * What has to be left free in a response after each item, so that the items behind it can at least say that they failed:
 * all of them when the batch goes on after a failure, else the next one, which then is the last. A response that is found
 * too small when items are done already could not tell what they did. The first entry is for before all items.
 */
export function reservations(
  items: readonly RequestItem[],
  continuation: ErrorContinuation,
): readonly number[] {
  const reserved = new Array<number>(items.length + 1).fill(0);
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const item = items[index];
    if (item === undefined) continue;
    const later = continuation === 'continue' ? (reserved[index + 1] ?? 0) : 0;
    reserved[index] = failureLength(item) + later;
  }
  return reserved;
}
