import type { LinkState } from '../uplink/uplink.ts';
import type { GatewayClock } from './clock.ts';
import type { LinkView } from './service-keys/lease.ts';

/** The state of the link to the Core for everything that depends on it. A Gateway begins without one. */
export class LinkTracker {
  readonly #clock: GatewayClock;
  readonly #listeners: ((state: LinkState) => void)[] = [];
  #view: LinkView = { state: 'cut', linkedAt: undefined };

  constructor(clock: GatewayClock) {
    this.#clock = clock;
  }

  get state(): LinkState {
    return this.#view.state;
  }

  get view(): LinkView {
    return this.#view;
  }

  /** Told of every change, in the order of registration. */
  onChange(listener: (state: LinkState) => void): void {
    this.#listeners.push(listener);
  }

  changed(state: LinkState): void {
    const linkedAt = state === 'linked' ? this.#clock.monotonicMs() : this.#view.linkedAt;
    this.#view = { state, linkedAt };
    for (const listener of this.#listeners) listener(state);
  }
}
