import type { CoreChannel } from './core-channel.ts';
import type { UplinkClock } from './options.ts';

/** A connection on which every pending restriction is applied: delegated requests may use it. */
export interface OpenLink {
  readonly generation: bigint;
  readonly channel: CoreChannel;
  /** Aborts when the link goes down. */
  readonly signal: AbortSignal;
}

/** The open link, if there is one. */
export class LinkGate {
  readonly #clock: UplinkClock;
  readonly #waiting = new Set<(link: OpenLink) => void>();
  #current: OpenLink | undefined;

  constructor(clock: UplinkClock) {
    this.#clock = clock;
  }

  get current(): OpenLink | undefined {
    return this.#current;
  }

  open(link: OpenLink): void {
    this.#current = link;
    for (const resolve of this.#waiting) resolve(link);
  }

  close(): void {
    this.#current = undefined;
  }

  /** The open link, waited for until `deadline` (monotonic ms); then undefined. */
  async next(deadline: number): Promise<OpenLink | undefined> {
    if (this.#current !== undefined) return this.#current;
    return await new Promise((resolve) => {
      const done = (link?: OpenLink): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve(link);
      };
      const timer = setTimeout(done, Math.max(0, deadline - this.#clock.monotonicMs()));
      this.#waiting.add(done);
    });
  }
}
