import type { TransportFailure } from '../transport.ts';

/** One call as a session sees it; the last three are called at the end, exactly one of them and once. */
export interface SessionCall {
  readonly path: string;
  /** Read until the call has ended. */
  readonly request: Uint8Array;
  /** What is told to the server as its time limit. */
  readonly timeoutMs: number;
  answered(message: Buffer): void;
  failed(failure: TransportFailure): void;
  /**
   * The server has not looked at the call and never will (RFC 9113 §8.7), so that it may be sent again. `written`: its
   * first bytes have left.
   */
  unprocessed(written: boolean): void;
}

/**
 * One end of an HTTP/2 connection that carries unary calls: bytes in, bytes out. It knows no sockets and no time, and no
 * bytes make it throw: a peer that breaks the protocol ends its calls and makes it `failed`.
 */
export interface Session {
  /**
   * greeting: the server has not sent its settings; open; retiring: no further calls, those that run go on; failed: the
   * connection is of no use and is to be closed when what write() still has is sent.
   */
  readonly phase: 'greeting' | 'open' | 'retiring' | 'failed';
  /** Calls that have begun and not ended. */
  readonly running: number;
  /** True when the server allows one more call now. */
  readonly mayStart: boolean;
  /** True when write() has something to send now. */
  readonly hasOutput: boolean;
  /** Begins a call; `mayStart` was true. Returns its number for cancel(). */
  start(call: SessionCall): number;
  /** Gives a call up; none of its functions is called. A call that has ended is ignored. */
  cancel(id: number): void;
  /** Takes in what came from the server; the bytes are the caller's again when it returns. */
  receive(bytes: Buffer): void;
  /** Puts what is to be sent next into the buffer, which has at least 32 KiB, and returns how much it is; 0: nothing. */
  write(into: Buffer): number;
  /** Begins no further calls. */
  retire(): void;
  /** The connection is gone: ends every call. */
  lost(failure: TransportFailure): void;
}
