import type { SessionClock } from './clock.ts';

/**
 * Notices when something takes too long. It is set and cleared several times a message, so an earlier timer is left to
 * run out and looks again, instead of being replaced each time.
 */
export class Watchdog {
  readonly #clock: SessionClock;
  #due: number | undefined;
  #expired: () => void = () => undefined;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(clock: SessionClock) {
    this.#clock = clock;
  }

  /** Calls `expired` after `ms`, unless it is cleared or set again before. */
  set(ms: number, expired: () => void): void {
    this.#due = this.#clock.monotonicMs() + ms;
    this.#expired = expired;
    if (this.#timer !== undefined && this.#timer.at > this.#due) this.#cancelTimer();
    this.#startTimer();
  }

  clear(): void {
    this.#due = undefined;
  }

  /** Clears for good: no timer keeps running. */
  end(): void {
    this.clear();
    this.#cancelTimer();
  }

  #startTimer(): void {
    if (this.#timer !== undefined || this.#due === undefined) return;
    const cancel = this.#clock.after(
      // A timer may fire within the millisecond before its time; it must not look again at once.
      Math.max(1, this.#due - this.#clock.monotonicMs()),
      () => {
        this.#timer = undefined;
        this.#look();
      },
    );
    this.#timer = { at: this.#due, cancel };
  }

  #look(): void {
    if (this.#due === undefined) return;
    if (this.#clock.monotonicMs() < this.#due) {
      this.#startTimer();
      return;
    }
    this.#due = undefined;
    this.#expired();
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
