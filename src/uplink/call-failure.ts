import type { CoreErrorName } from '../uplink-wire/index.ts';

/** A call to the Core that ended without an answer that could be used. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  /** Number of the gRPC status (grpc/doc/statuscodes.md). */
  readonly status: number;
  /** What the Core refused; undefined when the words are the transport's. */
  readonly refusal: CoreErrorName | undefined;
  /** False when it is certain that the Core has seen nothing of the request. */
  readonly sent: boolean;

  constructor(
    message: string,
    facts: {
      readonly status: number;
      readonly refusal?: CoreErrorName | undefined;
      readonly sent: boolean;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: facts.cause });
    this.status = facts.status;
    this.refusal = facts.refusal;
    this.sent = facts.sent;
  }
}
