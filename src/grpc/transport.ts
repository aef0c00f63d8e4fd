import type { BrokerError } from '../errors/index.ts';
import type { Tracer } from '../telemetry/tracing/tracer.ts';
import type { CallCounter } from './call-counts.ts';
import type { HealthRegistry } from './health-registry.ts';
import type { Method } from './method.ts';
import type { CallPolicy } from './run-call.ts';

/** What serves gRPC: `native` inside the addon, `grpc-js` by the library of that name. */
export type TransportName = 'native' | 'grpc-js';

/**
 * Serves the method table to whoever connects. It knows gRPC and connections; of methods it knows the rows of
 * src/grpc/method.ts and nothing of what they do. Methods, limits and observers are given when a transport is made.
 */
export interface Transport extends SocketBinder {
  /** Name for logs and reports. */
  readonly name: TransportName;
  /**
   * Takes no further calls, tells the callers so, and waits for the running ones, at most `milliseconds`; what runs then
   * is cut off. Resolves when no connection is left; then the transport is of no further use. The sockets are closed by
   * whoever opened them. A second call waits for the first.
   */
  drain(milliseconds: number): Promise<DrainResult>;
  stats(): TransportStats;
  /** Calls that have ended without the observer of the policy having been told; each number only ever grows. */
  counters(): readonly CallCounter[];
}

/** Makes the listening sockets of one transport: what such a socket is made of is the transport's own affair. */
export interface SocketBinder {
  /**
   * A listening Unix socket at `path`, mode 0600. Rejects with an Error whose `code` is the name of the errno,
   * `EADDRINUSE` when something stands there.
   */
  bind(path: string): Promise<BoundSocket>;
  /** Takes over a listening descriptor that this process was started with. Rejects with SOCKET_INHERITED_UNUSABLE. */
  inherit(descriptor: number): Promise<BoundSocket>;
}

/** A socket that listens. */
export interface BoundSocket {
  /** Serves connections from now on, those first that came before. Once. Throws SOCKET_INHERITED_UNUSABLE. */
  serve(): void;
  /** Listens no longer; connections that are served live on. The file at its path is not touched. Never throws. */
  close(): void;
}

/** What a transport serves, and by which rules, whatever it is made of. */
export interface TransportParts {
  readonly methods: readonly Method[];
  readonly policy: CallPolicy;
  readonly limits: TransportLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onFault: FaultObserver;
}

/**
 * Told of failures that belong to no call: in `what` happened, a text of ours, and with what. A connection that failed has
 * been ended. Must not throw.
 */
export type FaultObserver = (what: string, error?: unknown) => void;

export interface TransportLimits {
  /** Calls one connection may have open at a time. */
  readonly maxConcurrentStreams: number;
  /** Connections one socket takes at a time; further ones are closed at once. */
  readonly maxConnections: number;
}

/**
 * What a whole server gives the transport that was chosen for it. A transport that answers some methods by itself needs
 * to know what the handlers of their rows would know.
 */
export interface ServerParts extends TransportParts {
  /** What the health service can be asked about, beside the empty name. */
  readonly services: readonly string[];
  readonly health: Pick<HealthRegistry, 'observe'>;
  /** Makes the spans of calls that the observer of the policy is not told of. */
  readonly tracer: Tracer;
  /** Told of calls that failed inside although no row of the table ran. Must not throw. */
  readonly onIncident: (incident: Incident) => void;
}

export type TransportFactory = (parts: ServerParts) => Transport;

/** A call that failed inside the transport's own methods; its record has been written. */
export interface Incident {
  readonly path: string;
  /** The id that the caller got. */
  readonly id: string;
  /** What happened, for the log. */
  readonly cause: string;
  /** Set when the FIPS module has put itself out of service. */
  readonly coreFault?: BrokerError;
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
  /** Records of calls that were lost because nobody took them in time: their log lines and spans are missing. */
  readonly lostRecords: number;
}
