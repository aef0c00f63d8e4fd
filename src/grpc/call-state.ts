import { BrokerError } from '../errors/index.ts';
import type { CallContext } from './method.ts';

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

  /** Tells the handler that nobody waits any longer. `now` is in milliseconds since 1970. */
  cancel(now: number): void {
    if (this.#reason !== undefined) return;
    this.#reason =
      this.deadline !== undefined && now >= this.deadline
        ? new BrokerError('DEADLINE_EXCEEDED', 'the call did not end before its deadline')
        : new BrokerError('CANCELLED', 'the caller cancelled the call');
    this.#controller?.abort(this.#reason);
  }
}
