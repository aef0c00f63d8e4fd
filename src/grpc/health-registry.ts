import { printable } from '../config/printable.ts';
import { BrokerError } from '../errors/index.ts';
import type { CallContext } from './method.ts';

/** What the health service says (grpc/doc/health-checking.md). */
export type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

/**
 * The health of the server, which is the same for every service it serves; the empty name stands for the server itself.
 */
export class HealthRegistry {
  readonly #services: ReadonlySet<string>;
  readonly #watchers = new Set<() => void>();
  readonly #observers: ((status: 'SERVING' | 'NOT_SERVING') => void)[] = [];
  #status: 'SERVING' | 'NOT_SERVING' = 'NOT_SERVING';
  #ended = false;

  constructor(services: readonly string[]) {
    this.#services = new Set(['', ...services]);
  }

  /** Says the same of every service from now on. */
  set(status: 'SERVING' | 'NOT_SERVING'): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#wake();
  }

  /** Says NOT_SERVING a last time and ends every watch, so that none keeps a stopping server alive. */
  end(): void {
    this.#ended = true;
    this.#status = 'NOT_SERVING';
    this.#wake();
  }

  /** Calls `observer` with the status of the server, now and at each change. It must not throw. */
  observe(observer: (status: 'SERVING' | 'NOT_SERVING') => void): void {
    this.#observers.push(observer);
    observer(this.#status);
  }

  /** The status of a service, or NOT_FOUND (SERVICE_UNKNOWN) for a name that is not served. */
  check(service: string): ServingStatus {
    if (this.#services.has(service)) return this.#status;
    throw new BrokerError('SERVICE_UNKNOWN', `unknown service ${printable(service)}`);
  }

  /**
   * The status now and each time it changes, until the caller leaves or the server stops. A service that is not served
   * is SERVICE_UNKNOWN and stays watched, as the protocol demands. A slow reader misses what was true in between.
   */
  async *watch(service: string, call: Pick<CallContext, 'signal'>): AsyncGenerator<ServingStatus> {
    let told: ServingStatus | undefined;
    while (!call.signal.aborted) {
      const status = this.#services.has(service) ? this.#status : 'SERVICE_UNKNOWN';
      if (status !== told) {
        told = status;
        yield status;
      } else if (this.#ended) {
        return;
      } else {
        await this.#change(call.signal);
      }
    }
  }

  async #change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#watchers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#watchers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(): void {
    for (const observer of this.#observers) observer(this.#status);
    for (const wake of [...this.#watchers]) wake();
  }
}
