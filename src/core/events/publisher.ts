import { EventKind } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import { encodeEvent, laneOf, type CoreEvent } from './event.ts';

/** Told when something waits for a Gateway: events in its log, or grants and governance that have changed. */
export interface GatewayObserver {
  /** New events are in the log of this Gateway, on the disk. */
  eventsLogged(gatewayId: string): void;
  /** What this Gateway may hold, or how it is to behave, has changed. */
  rightsChanged(gatewayId: string): void;
}

/** Kinds that end a suspension. */
const ENDS: ReadonlySet<CoreEvent['kind']> = new Set([
  EventKind.EVENT_KIND_KEY_RESUMED,
  EventKind.EVENT_KIND_SERVICE_KEY_RESUMED,
  EventKind.EVENT_KIND_TENANT_RESTORED,
]);

/** Puts events into the logs of the Gateways they concern, in the transaction of the change itself. */
export class Publisher {
  readonly #store: CoreStore;
  readonly #now: () => number;
  readonly #newId: () => string;
  readonly #epoch: number;
  #observer: GatewayObserver | undefined;
  /** Time of the latest event, milliseconds since 1970. */
  #latest = 0;

  constructor(options: {
    readonly store: CoreStore;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    readonly newId: () => string;
    readonly epoch: number;
  }) {
    this.#store = options.store;
    this.#now = options.now;
    this.#newId = options.newId;
    this.#epoch = options.epoch;
  }

  /** One observer: whoever holds the connections. */
  observe(observer: GatewayObserver): void {
    this.#observer = observer;
  }

  /** To every Gateway that serves the service. Inside a transaction. */
  toService(
    tenantId: string,
    serviceId: string,
    event: Omit<CoreEvent, 'tenantId' | 'serviceId'>,
  ): void {
    const gateways = this.#store.gateways.ofService(tenantId, serviceId);
    for (const { gatewayId } of gateways.filter(hasEnrolled)) {
      this.toGateway(gatewayId, { ...event, tenantId, serviceId });
    }
  }

  /** To every Gateway that serves any service of the tenant. Inside a transaction. */
  toTenant(tenantId: string, event: Omit<CoreEvent, 'tenantId'>): void {
    const gateways = this.#store.gateways.ofTenant(tenantId);
    for (const { gatewayId } of gateways.filter(hasEnrolled)) {
      this.toGateway(gatewayId, { ...event, tenantId });
    }
  }

  /** To one Gateway. Inside a transaction; it is told when that is on the disk. */
  toGateway(gatewayId: string, event: CoreEvent): void {
    this.#store.events.append(gatewayId, laneOf(event), (sequence) =>
      encodeEvent(event, {
        eventId: this.#newId(),
        sequence,
        effectiveAt: this.#timeOf(event),
        epoch: this.#epoch,
      }),
    );
    this.#store.afterCommit(() => {
      this.#observer?.eventsLogged(gatewayId);
    });
  }

  /**
   * Gateways let an end of a suspension count for older suspensions alone, and know the order by these times: they never go
   * back with the clock, and what ends something is later than what began it.
   */
  #timeOf({ kind }: CoreEvent): number {
    const earliest = ENDS.has(kind) ? this.#latest + 1 : this.#latest;
    this.#latest = Math.max(this.#now(), earliest);
    return this.#latest;
  }

  /** The Gateways of the tenant (or of one of its services) get new grants and governance. Inside a transaction. */
  rightsChanged(tenantId: string, serviceId?: string): void {
    const gateways =
      serviceId === undefined
        ? this.#store.gateways.ofTenant(tenantId)
        : this.#store.gateways.ofService(tenantId, serviceId);
    this.#store.core.bumpGovernance();
    this.#store.afterCommit(() => {
      for (const { gatewayId } of gateways) this.#observer?.rightsChanged(gatewayId);
    });
  }
}

/**
 * A Gateway that never came holds nothing that could be restricted, and a log that nobody reads would only grow. Should it
 * come with a vault that has keys, it is told all that is in force (see Enrolment).
 */
function hasEnrolled({ generation }: GatewayRecord): boolean {
  return generation > 0;
}
