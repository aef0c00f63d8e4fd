import type { BrokerError } from '../errors/index.ts';
import type { UplinkClock } from './options.ts';
import { unreachable } from './failures.ts';

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: BrokerError) => void;
  readonly timer: NodeJS.Timeout;
}

/** How far the Core has settled the outbox, over all connections, and who waits for it. */
export class OutboxProgress {
  readonly #clock: UplinkClock;
  readonly #waiters = new Set<Waiter>();
  #acknowledged = 0;

  constructor(clock: UplinkClock) {
    this.#clock = clock;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Everything up to `sequence` is settled. */
  advance(sequence: number): void {
    if (sequence <= this.#acknowledged) return;
    this.#acknowledged = sequence;
    for (const waiter of this.#waiters) {
      if (waiter.sequence <= sequence) {
        this.#forget(waiter);
        waiter.resolve();
      }
    }
  }

  /** Resolves when `sequence` is settled; rejects with CORE_UNREACHABLE at `deadline`, monotonic ms. */
  async reached(sequence: number, deadline: number): Promise<void> {
    if (sequence <= this.#acknowledged) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#forget(waiter);
          reject(unreachable());
        },
        Math.max(0, deadline - this.#clock.monotonicMs()),
      );
      const waiter: Waiter = { sequence, resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** The link is cut: nobody waits for what cannot come. */
  giveUp(): void {
    for (const waiter of this.#waiters) {
      this.#forget(waiter);
      waiter.reject(unreachable());
    }
  }

  #forget(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
  }
}
