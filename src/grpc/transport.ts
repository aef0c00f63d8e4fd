import type { Duplex } from 'node:stream';

/**
 * Serves the method table to whoever connects. It knows gRPC and connections; of methods it knows the rows of
 * src/grpc/method.ts and nothing of what they do. Methods, limits and observers are given when a transport is made.
 */
export interface Transport {
  /** Name for logs and reports. */
  readonly name: 'grpc-js' | 'native';
  /** Serves every connection that the listener takes from now on. May be called for several listeners. */
  listen(listener: Listener): void;
  /**
   * Takes no further calls, tells the callers so, and waits for the running ones, at most `milliseconds`; what runs then
   * is cut off. Resolves when no connection is left. The listeners are closed by whoever opened them.
   */
  drain(milliseconds: number): Promise<DrainResult>;
  stats(): TransportStats;
}

/** Something that takes connections; the transport does not care from where. */
export interface Listener {
  /** Hands every connection to `handler`, those first that came before the call. */
  accept(handler: (connection: Duplex) => void): void;
}

export interface DrainResult {
  /** Calls that were still running when the time was up. */
  readonly cutOff: number;
}

/** What the transport is doing now, and what it has done since it was made. */
export interface TransportStats {
  readonly connections: number;
  readonly runningCalls: number;
  readonly finishedCalls: number;
}
