import type { GrpcStatusName } from './status.ts';

/**
 * Carries one request to a server and its answer back, as bytes. It knows gRPC and sockets, not methods and messages,
 * so that another way to speak gRPC takes its place without touching the rest of the client.
 */
export interface Transport {
  /**
   * Sends `request` to the method at `path` (`/package.Service/Method`) and resolves with the bytes of the answer.
   * Rejects with a `TransportFailure`, never with anything else. Connects when no connection is there.
   */
  unary(path: string, request: Uint8Array, call: TransportCall): Promise<Uint8Array>;
  /** Ends the connection once the calls sent on it have ended; calls still waiting for one are rejected as CANCELLED. */
  close(): void;
}

/** What bounds one call. */
export interface TransportCall {
  /** End of the call, in milliseconds since 1970. */
  readonly deadline: number;
  /** Cancels the call when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** True: keep trying to connect until the deadline. False: fail at the first refused connection. */
  readonly waitForServer: boolean;
}

/** Why a call has no answer: a gRPC status, sent by the server or made up by the transport. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  readonly status: GrpcStatusName;
  readonly trailers: ReadonlyMap<string, string>;
  /** True when the request provably never left this process, so that sending it again cannot run it twice. */
  readonly neverSent: boolean;

  constructor(
    status: GrpcStatusName,
    details: string,
    options: ErrorOptions & { trailers?: ReadonlyMap<string, string>; neverSent?: boolean } = {},
  ) {
    super(details, options);
    this.status = status;
    this.trailers = options.trailers ?? new Map();
    this.neverSent = options.neverSent ?? false;
  }
}
