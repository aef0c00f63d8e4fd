import type { GatewayClock } from '../clock.ts';

/**
 * The wall clock against its own high-water mark. Leases run on the monotonic clock; only what must hold across a restart
 * (the absolute end of a grant) needs the wall clock, and setting that back must not bring ended keys back.
 */
export class WallClock {
  readonly #clock: GatewayClock;
  #highWater = 0;

  constructor(clock: GatewayClock) {
    this.#clock = clock;
  }

  /** The mark of an earlier run. */
  restore(highWater: number): void {
    this.#highWater = Math.max(this.#highWater, highWater);
  }

  /** Milliseconds since 1970, never less than before. */
  now(): number {
    this.#highWater = Math.max(this.#highWater, this.#clock.now());
    return this.#highWater;
  }

  /** Milliseconds that the clock stands behind its mark; 0 when it does not. */
  behind(): number {
    return Math.max(0, this.#highWater - this.#clock.now());
  }

  /** The Core has answered: what our clock says from here on counts, also when it was ahead for a while. */
  confirm(): void {
    this.#highWater = this.#clock.now();
  }
}
