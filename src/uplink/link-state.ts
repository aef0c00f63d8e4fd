import type { LinkState } from './uplink.ts';

/** How long the Core may stay silent, ms; set by the Core at enrolment. */
export interface LinkTimes {
  readonly staleAfterMs: number;
  readonly lostAfterMs: number;
}

/**
 * linked, stale or cut, from the Core's last answer. All times are monotonic ms and come in as arguments, so the state
 * changes only when it is told something or looked at.
 */
export class LinkTracker {
  readonly #changed: (state: LinkState, previous: LinkState) => void;
  #state: LinkState = 'cut';
  #times: LinkTimes | undefined;
  #lastAnswerAt: number | undefined;

  constructor(changed: (state: LinkState, previous: LinkState) => void) {
    this.#changed = changed;
  }

  get state(): LinkState {
    return this.#state;
  }

  get lastAnswerAt(): number | undefined {
    return this.#lastAnswerAt;
  }

  /** The Core has answered; on an open link that is what makes a stale one linked again. */
  answered(now: number): void {
    this.#lastAnswerAt = now;
    if (this.#times !== undefined) this.#become('linked');
  }

  /** The connection stands and every pending restriction is applied. */
  opened(times: LinkTimes, now: number): void {
    this.#times = times;
    this.answered(now);
  }

  /** The connection is gone. */
  closed(): void {
    this.#times = undefined;
    this.#become('cut');
  }

  /**
   * Looks at the clock. Returns when to look again, ms from `now`; undefined: the link is not open, or was just found to be
   * lost.
   */
  check(now: number): number | undefined {
    if (this.#times === undefined || this.#lastAnswerAt === undefined) return undefined;
    const silent = now - this.#lastAnswerAt;
    if (silent >= this.#times.lostAfterMs) {
      this.closed();
      return undefined;
    }
    if (silent >= this.#times.staleAfterMs) {
      this.#become('stale');
      return this.#times.lostAfterMs - silent;
    }
    return this.#times.staleAfterMs - silent;
  }

  #become(state: LinkState): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.#changed(state, previous);
  }
}
