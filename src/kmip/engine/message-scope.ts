import type { TraceContext } from '../../telemetry/tracing/tracer.ts';
import type { RequestItem, RequestMessage } from '../messages/message.ts';

/**
 * One message on its way through an engine, for whoever counts, logs and traces it: made when the message was read, asked
 * while its items run, told what came of each. Nothing here may throw.
 */
export interface MessageScope {
  /** Names the message in logs and audits; empty: it has no name. */
  readonly correlationId: string;
  /** Told to the client in the response header (KMIP 1.4 §6.19); absent: what it sent itself comes back. */
  readonly serverCorrelationValue?: string;
  /** What spans of items are children of; undefined: nothing is traced. */
  readonly trace: TraceContext | undefined;
  /**
   * An item was answered. `reason`: the Result Reason it failed with, undefined when it went well. `uid`: the object it
   * made or found, if it was exactly one.
   */
  answered(item: RequestItem, reason: number | undefined, uid?: string): void;
  /** The response is made. `reason`: that of a message that was refused as a whole. */
  ended(reason: number | undefined): void;
}

/**
 * Begins the scope of a message; `message` is undefined when it could not be read or may not be answered. `receivedAt` in
 * monotonic milliseconds, before anything was read of it.
 */
export type BeginScope<Session> = (
  session: Session,
  message: RequestMessage | undefined,
  receivedAt: number,
) => MessageScope;

const NO_SCOPE: MessageScope = {
  correlationId: '',
  trace: undefined,
  answered: () => undefined,
  ended: () => undefined,
};

/** For engines whose messages nobody follows. */
export const unfollowed: BeginScope<unknown> = () => NO_SCOPE;
