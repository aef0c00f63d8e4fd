import { BrokerError } from '../errors/index.ts';

/** What the queue needs of a call: whether anybody still waits for it. */
export interface Cancellable {
  readonly cancelled: boolean;
  readonly signal: AbortSignal;
}

interface Waiting {
  start(): void;
}

/**
 * Lets a limited number of jobs run at a time and keeps the others waiting in order. The crypto core has a queue of its
 * own, from which a job cannot be taken back; here a job whose caller has gone is dropped before it costs anything.
 */
export class WorkQueue {
  readonly #concurrency: number;
  readonly #capacity: number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  /** `concurrency` jobs run at a time, `capacity` further ones may wait. */
  constructor(options: { readonly concurrency: number; readonly capacity: number }) {
    this.#concurrency = options.concurrency;
    this.#capacity = options.capacity;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `job` when its turn comes. Rejects with QUEUE_FULL when too many wait already, and with the signal's reason when
   * the call is cancelled before the job has begun; a job that has begun is not interrupted.
   */
  async run<Result>(call: Cancellable, job: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#concurrency) this.#running += 1;
    else await this.#turn(call);
    try {
      if (call.cancelled) throw reasonOf(call.signal);
      return await job();
    } finally {
      this.#passOn();
    }
  }

  async #turn(call: Cancellable): Promise<void> {
    if (call.cancelled) throw reasonOf(call.signal);
    if (this.#waiting.size >= this.#capacity) {
      throw new BrokerError('QUEUE_FULL', 'too many operations are waiting');
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(entry);
        reject(reasonOf(call.signal));
      };
      const entry: Waiting = {
        start: () => {
          this.#waiting.delete(entry);
          call.signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      call.signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(entry);
    });
  }

  /** Hands the place of a finished job to the next one in the same step, so that no newcomer gets in between. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running -= 1;
    else next.start();
  }
}

function reasonOf(signal: AbortSignal): BrokerError {
  const reason: unknown = signal.reason;
  return reason instanceof BrokerError
    ? reason
    : new BrokerError('CANCELLED', 'the caller cancelled the call');
}
