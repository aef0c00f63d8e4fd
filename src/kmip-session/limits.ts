/** What one connection may cost. Times in milliseconds. */
export interface SessionLimits {
  /** Bytes of the largest request, its header included. */
  readonly requestLength: number;
  /** Bytes of requests that wait behind the running one before the socket is paused. */
  readonly queuedBytes: number;
  /** From the first byte of a request to the eighth. */
  readonly headerTimeoutMs: number;
  /** From the eighth byte of a request to its last, however steadily they come. */
  readonly bodyTimeoutMs: number;
  /** Without a request. */
  readonly idleTimeoutMs: number;
  /** Until a request must be answered: the deadline its handler is given. */
  readonly requestTimeoutMs: number;
  /** Until the peer has taken a response. */
  readonly writeTimeoutMs: number;
}

/**
 * 1 MiB as the common servers have it. Pools of known clients keep connections open for minutes; every other time is
 * that of a peer that means it, on a slow line.
 */
export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  requestLength: 1_048_576,
  queuedBytes: 65_536,
  headerTimeoutMs: 5_000,
  bodyTimeoutMs: 10_000,
  idleTimeoutMs: 300_000,
  requestTimeoutMs: 15_000,
  writeTimeoutMs: 10_000,
};

/** A handler knows its deadline; one that is later by this much has lost it, and its connection is given up. */
export const DEADLINE_GRACE_MS = 1_000;

/**
 * How long a connection that was answered for the last time may take to close, and how many more bytes it may send
 * meanwhile. To close at once would make the kernel reset it, and the peer might never see the answer.
 */
export const LINGER_MS = 1_000;
export const LINGER_BYTES = 1_048_576;
