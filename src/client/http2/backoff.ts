/** How soon, and how seldom at the most, a connection is tried again. */
export const RECONNECT_FIRST_MS = 50;
export const RECONNECT_LONGEST_MS = 1000;

/** grpc/doc/connection-backoff.md */
const MULTIPLIER = 1.6;
const JITTER = 0.2;

/** Waits between attempts to connect, each longer than the one before. */
export class Backoff {
  readonly #random: () => number;
  #next = RECONNECT_FIRST_MS;

  /** `random`: a number in [0, 1), so that the clients of a restarted server do not come back all at once. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds until the next attempt. */
  next(): number {
    const wait = this.#next * (1 + JITTER * (2 * this.#random() - 1));
    this.#next = Math.min(RECONNECT_LONGEST_MS, this.#next * MULTIPLIER);
    return wait;
  }

  reset(): void {
    this.#next = RECONNECT_FIRST_MS;
  }
}
