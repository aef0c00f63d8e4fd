import { BrokerError } from '../errors/index.ts';
import type { CallContext } from './method.ts';

/** Why nobody waits for a call any longer. */
export type CancelReason = 'CANCELLED' | 'DEADLINE_EXCEEDED';

const REASONS: Readonly<Record<CancelReason, string>> = {
  CANCELLED: 'the caller cancelled the call',
  DEADLINE_EXCEEDED: 'the call did not end before its deadline',
};

/** The context of one call, and the switch by which its transport ends it. */
export class CallState implements CallContext {
  readonly path: string;
  readonly deadline: number | undefined;
  #reason: BrokerError | undefined;
  #controller: AbortController | undefined;

  constructor(path: string, deadline: number | undefined) {
    this.path = path;
    this.deadline = deadline;
  }

  get cancelled(): boolean {
    return this.#reason !== undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Tells the handler that nobody waits any longer, and why. Only the first reason counts. */
  end(reason: CancelReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = new BrokerError(reason, REASONS[reason]);
    this.#controller?.abort(this.#reason);
  }

  /** The same where only the time is known: late when the deadline has passed at `now`, in milliseconds since 1970. */
  cancel(now: number): void {
    const late = this.deadline !== undefined && now >= this.deadline;
    this.end(late ? 'DEADLINE_EXCEEDED' : 'CANCELLED');
  }
}
