import type { ErrorContinuation, RequestHeader, RequestItem } from '../messages/message.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';
import type { MessageScope } from './message-scope.ts';

/**
 * What runs the items of one message, in order; src/gateway and src/core each have one. A rejected promise that is a
 * KmipFailure fails the item; anything else is General Failure with a fixed text, and reported to `onFault`.
 */
export interface ItemExecutor<Session> {
  execute(item: RequestItem, context: ItemContext<Session>): Promise<ItemResult>;
}

/** What an item knows of its message and of the items before it. */
export interface ItemContext<Session> {
  readonly session: Session;
  /** Of the message. */
  readonly scope: MessageScope;
  readonly header: RequestHeader;
  readonly version: KmipVersion;
  readonly errorContinuation: ErrorContinuation;
  /** Position in the batch, from 0. */
  readonly index: number;
  /** ID Placeholder (KMIP 1.4 §6.4): set by the last item that made or found exactly one object. */
  readonly placeholder: string | undefined;
  /** UIDs that earlier items made or found, by position (2.x). */
  readonly uidOfItem: (index: number) => string | undefined;
  /** Bytes that the payload of this item may still have, for an operation that must not commit what it cannot say. */
  readonly payloadRoom: number;
  /** Monotonic time in milliseconds at which nobody waits for the answer any more. */
  readonly deadline: number;
}

/** The outcome of an item that did not throw. */
export type ItemResult =
  | {
      readonly kind: 'success';
      /** New ID Placeholder; absent: unchanged. */
      readonly placeholder?: string;
      /** Writes the Response Payload item. A KmipFailure thrown here fails the item; nothing of it stays in the message. */
      readonly writePayload?: (writer: TtlvWriter) => void;
    }
  | {
      /** The answer of another executor (the Core), passed on as it came. */
      readonly kind: 'relayed';
      readonly status: number;
      readonly reason?: number;
      readonly message?: string;
      readonly placeholder?: string;
      /** The whole Response Payload item. */
      readonly payload?: Uint8Array;
    };

/** A response ready for one socket write. */
export interface EncodedResponse {
  readonly bytes: Uint8Array;
  /** The bytes hold key material: call `release` once they are written. */
  readonly secret: boolean;
  /** The peer's stream cannot be followed any further: close after writing. */
  readonly close: boolean;
  /** Wipes the bytes when they are secret and gives the buffer back. Call exactly once. */
  release(): void;
}
