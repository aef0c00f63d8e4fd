import { healthMethods } from './health-methods.ts';
import { HealthRegistry, type ServingStatus } from './health-registry.ts';
import type { CallContext, Method } from './method.ts';

/** Names that probes ask for: is the process worth keeping, and are clients to be sent to it. */
const LIVENESS = 'liveness';
const READINESS = 'readiness';

/**
 * grpc.health.v1 of a program that is probed for two things. `liveness` is SERVING for as long as anything answers at all: a
 * restart is no help against a Core out of reach or a full disk, and would take away the keys that are still served.
 * Everything else — the empty name, the program's services, `readiness` — says whether clients are served.
 */
export class ProbeHealth {
  readonly methods: readonly Method[];
  readonly #registry: HealthRegistry;
  readonly #life = new HealthRegistry([LIVENESS]);
  readonly #isReady: () => boolean;
  #ended = false;

  constructor(services: readonly string[], isReady: () => boolean) {
    this.#registry = new HealthRegistry([READINESS, ...services]);
    this.#isReady = isReady;
    this.#life.set('SERVING');
    this.methods = healthMethods(this);
  }

  /** Looks whether clients are served, for those who watch. To be called every second or so. */
  refresh(): void {
    if (!this.#ended) this.#registry.set(this.#isReady() ? 'SERVING' : 'NOT_SERVING');
  }

  /** Says NOT_SERVING a last time and ends every watch. */
  end(): void {
    this.#ended = true;
    this.#registry.end();
    this.#life.end();
  }

  check(service: string): ServingStatus {
    if (service === LIVENESS) return 'SERVING';
    this.refresh();
    return this.#registry.check(service);
  }

  watch(service: string, call: Pick<CallContext, 'signal'>): AsyncGenerator<ServingStatus> {
    this.refresh();
    return (service === LIVENESS ? this.#life : this.#registry).watch(service, call);
  }
}
