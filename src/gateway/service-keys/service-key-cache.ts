import type { ServiceKey } from '../../crypto/provider.ts';
import type { LoadedGrant, ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { GatewayClock } from '../clock.ts';
import type { GrantFacts } from './grant-check.ts';
import { leaseEnd, type LinkView } from './lease.ts';
import type { Restriction, ServiceKeyRecords } from './service-key-records.ts';
import type { WallClock } from './wall-clock.ts';

/** A service key that may be used now. The handle is for at once: it may be wiped at any later moment. */
export interface UsableServiceKey {
  readonly usable: true;
  readonly key: ServiceKey;
  readonly serviceKeyId: string;
  readonly version: number;
}

/** `absent`: never granted, or `ended`: its lease is over; else what the Core did to it. */
export interface UnusableServiceKey {
  readonly usable: false;
  readonly why: 'absent' | 'ended' | Restriction;
}

/** A service key in memory, as the status shows it. */
export interface ServiceKeyStatus {
  readonly tenantId: string;
  readonly serviceId: string;
  readonly serviceKeyId: string;
  readonly version: number;
  readonly wraps: boolean;
  /** Milliseconds that are left of it as things stand. */
  readonly leftMs: number;
  /** Milliseconds it would be served without the Core from now on. */
  readonly leftOfflineMs: number;
}

export interface ServiceKeyCacheOptions {
  readonly records: ServiceKeyRecords;
  readonly clock: GatewayClock;
  readonly wall: WallClock;
  readonly link: () => LinkView;
  readonly policyOf: (tenantId: string, serviceId: string) => ServicePolicy | undefined;
  readonly logger: Logger;
  /** A key is wanted that is not there while the Core answers: ask for it. Called at most every few seconds a service. */
  readonly onMissing: (tenantId: string, serviceId: string, version: number) => void;
}

interface HeldKey {
  readonly facts: GrantFacts;
  readonly key: ServiceKey;
  /** It was granted for wrapping, and no later version has come since. */
  wraps: boolean;
  /** Monotonic ms. */
  renewedAt: number;
  /** Warnings of this cut that were given. */
  warned: number;
}

/** Shares of max_offline after which a cut is warned about. */
const WARN_AT = [0.5, 0.8, 0.95] as const;
const ASK_EVERY_MS = 5000;

/** The service keys (L3) in the memory of the crypto core, and until when each may be used. */
export class ServiceKeyCache {
  readonly #options: ServiceKeyCacheOptions;
  readonly #held = new Map<string, HeldKey>();
  /** What wraps, by tenant and service. */
  readonly #wrapping = new Map<string, HeldKey>();
  /** What wrapped last, also when it is gone: to say why. */
  readonly #wrappedLast = new Map<string, GrantFacts>();
  /** Versions that were held once, to say that they ended and not that they never came. */
  readonly #ended = new Set<string>();
  readonly #asked = new Map<string, number>();

  constructor(options: ServiceKeyCacheOptions) {
    this.#options = options;
  }

  /** Keeps a key that was opened; one that was there before under the same version is wiped. `renewedAt`: monotonic ms. */
  hold(facts: GrantFacts, key: ServiceKey, renewedAt: number): void {
    const id = heldId(facts.serviceKeyId, facts.version);
    this.#held.get(id)?.key.drop();
    const wraps = facts.state === 'active';
    this.#held.set(id, { facts, key, wraps, renewedAt, warned: 0 });
    this.#chooseWrapping(facts.tenantId, facts.serviceId);
  }

  /** The key that new data keys of a service are wrapped under. */
  wrapping(tenantId: string, serviceId: string): UsableServiceKey | UnusableServiceKey {
    const held = this.#wrapping.get(serviceName(tenantId, serviceId));
    if (held !== undefined) return this.#use(held);
    const last = this.#wrappedLast.get(serviceName(tenantId, serviceId));
    const why = last && this.#options.records.restriction(last.serviceKeyId, last.version);
    if (why === undefined) this.#ask(tenantId, serviceId, 0);
    return { usable: false, why: why ?? (last === undefined ? 'absent' : 'ended') };
  }

  /** The key that a row of this service was wrapped under. */
  reading(row: {
    readonly tenant: string;
    readonly service: string;
    readonly serviceKeyId: string;
    readonly serviceKeyVersion: number;
  }): UsableServiceKey | UnusableServiceKey {
    const { tenant, service, serviceKeyId, serviceKeyVersion } = row;
    const held = this.#held.get(heldId(serviceKeyId, serviceKeyVersion));
    if (held?.facts.tenantId === tenant && held.facts.serviceId === service) {
      return this.#use(held);
    }
    const why = this.#options.records.restriction(serviceKeyId, serviceKeyVersion);
    if (why === undefined) this.#ask(tenant, service, serviceKeyVersion);
    const ended = this.#ended.has(heldId(serviceKeyId, serviceKeyVersion));
    return { usable: false, why: why ?? (ended ? 'ended' : 'absent') };
  }

  /** True when there is a key to wrap new data keys of a service under. */
  holdsWrapping(tenantId: string, serviceId: string): boolean {
    const held = this.#wrapping.get(serviceName(tenantId, serviceId));
    return held !== undefined && !this.#hasEnded(held);
  }

  /** The held key of exactly this grant, to acknowledge it once more. */
  heldFor(facts: GrantFacts): ServiceKey | undefined {
    const held = this.#held.get(heldId(facts.serviceKeyId, facts.version));
    return held?.facts.grantId === facts.grantId ? held.key : undefined;
  }

  /** The Core lets these run for their whole time again. */
  renew(grants: readonly LoadedGrant[]): void {
    const now = this.#options.clock.monotonicMs();
    for (const { serviceKeyId, version } of grants) {
      const held = this.#held.get(heldId(serviceKeyId, version));
      if (held === undefined) continue;
      held.renewedAt = now;
      held.warned = 0;
    }
  }

  /** Wipes a version (0: every version) of a service key at once. */
  dropServiceKey(serviceKeyId: string, version: number, reason: string): void {
    this.#dropWhere(
      ({ facts }) =>
        facts.serviceKeyId === serviceKeyId && (version === 0 || facts.version === version),
      reason,
    );
  }

  dropTenant(tenantId: string, reason: string): void {
    this.#dropWhere(({ facts }) => facts.tenantId === tenantId, reason);
  }

  dropAll(reason: string): void {
    this.#dropWhere(() => true, reason);
  }

  /** Wipes the keys of services that are not governed any more. */
  dropUngoverned(): void {
    this.#dropWhere(
      ({ facts }) => this.#options.policyOf(facts.tenantId, facts.serviceId) === undefined,
      'the service is no longer served here',
    );
  }

  /** Wipes what has ended, and warns of what will while the link is cut. To be called every second or so. */
  sweep(): void {
    for (const held of [...this.#held.values()]) {
      if (this.#hasEnded(held)) this.#end(held, 'its lease ended');
      else if (this.#options.link().state === 'cut') this.#warn(held);
    }
  }

  /** What Hello and heartbeats say is loaded. */
  loaded(): LoadedGrant[] {
    return [...this.#held.values()].map(({ facts: { serviceKeyId, version } }) => ({
      serviceKeyId,
      version,
    }));
  }

  /** Of every held key, how long ago the Core confirmed it, in ms. */
  confirmations(): readonly { readonly facts: GrantFacts; readonly agoMs: number }[] {
    const now = this.#options.clock.monotonicMs();
    return [...this.#held.values()].map(({ facts, renewedAt }) => ({
      facts,
      agoMs: Math.max(0, now - renewedAt),
    }));
  }

  status(): readonly ServiceKeyStatus[] {
    const { clock, link, wall } = this.#options;
    const now = clock.monotonicMs();
    const cut: LinkView = { state: 'cut', linkedAt: undefined };
    return [...this.#held.values()].map((held) => {
      const { tenantId, serviceId, serviceKeyId, version, notAfter } = held.facts;
      const hardEnd = notAfter - wall.now();
      const left = (view: LinkView): number =>
        Math.max(0, Math.min(leaseEnd(this.#terms(held), held.renewedAt, view) - now, hardEnd));
      return {
        ...{ tenantId, serviceId, serviceKeyId, version },
        wraps: this.#wrapping.get(serviceName(tenantId, serviceId)) === held,
        leftMs: left(link()),
        leftOfflineMs: left(cut),
      };
    });
  }

  #use(held: HeldKey): UsableServiceKey | UnusableServiceKey {
    const { serviceKeyId, version, tenantId, serviceId } = held.facts;
    const restriction = this.#options.records.restriction(serviceKeyId, version);
    if (restriction !== undefined) return { usable: false, why: restriction };
    if (this.#hasEnded(held)) {
      this.#end(held, 'its lease ended');
      this.#ask(tenantId, serviceId, version);
      return { usable: false, why: 'ended' };
    }
    return { usable: true, key: held.key, serviceKeyId, version };
  }

  #hasEnded(held: HeldKey): boolean {
    const { clock, link, wall } = this.#options;
    return (
      clock.monotonicMs() >= leaseEnd(this.#terms(held), held.renewedAt, link()) ||
      wall.now() >= held.facts.notAfter
    );
  }

  /** A policy that was made stricter since the grant counts at once; a looser one needs a new grant. */
  #terms({ facts }: HeldKey): { readonly leaseTtlMs: number; readonly maxOfflineMs: number } {
    const policy = this.#options.policyOf(facts.tenantId, facts.serviceId);
    return {
      leaseTtlMs: facts.leaseTtlMs,
      maxOfflineMs: Math.min(facts.maxOfflineMs, (policy?.maxOfflineSeconds ?? 0) * 1000),
    };
  }

  #dropWhere(fits: (held: HeldKey) => boolean, reason: string): void {
    for (const held of [...this.#held.values()]) if (fits(held)) this.#end(held, reason);
  }

  #end(held: HeldKey, reason: string): void {
    const { tenantId, serviceId, serviceKeyId, version } = held.facts;
    held.key.drop();
    this.#held.delete(heldId(serviceKeyId, version));
    this.#ended.add(heldId(serviceKeyId, version));
    this.#chooseWrapping(tenantId, serviceId);
    this.#options.logger.warn('service key wiped', {
      ...{ tenantId, serviceId, serviceKeyId, reason },
      serviceKeyVersion: version,
    });
  }

  /** The highest version that was granted for wrapping. The ones before it never wrap again, whatever becomes of it. */
  #chooseWrapping(tenantId: string, serviceId: string): void {
    let best: HeldKey | undefined;
    for (const held of this.#held.values()) {
      const { facts, wraps } = held;
      if (!wraps || facts.tenantId !== tenantId || facts.serviceId !== serviceId) continue;
      const [lower, higher] =
        best !== undefined && best.facts.version > facts.version ? [held, best] : [best, held];
      if (lower !== undefined) lower.wraps = false;
      best = higher;
    }
    const name = serviceName(tenantId, serviceId);
    if (best === undefined) {
      this.#wrapping.delete(name);
    } else {
      this.#wrapping.set(name, best);
      this.#wrappedLast.set(name, best.facts);
    }
  }

  #warn(held: HeldKey): void {
    const { maxOfflineMs } = this.#terms(held);
    const share = (this.#options.clock.monotonicMs() - held.renewedAt) / maxOfflineMs;
    const due = WARN_AT.filter((limit) => share >= limit).length;
    if (due <= held.warned) return;
    held.warned = due;
    this.#options.logger.warn('the core is unreachable: service key will be wiped', {
      tenantId: held.facts.tenantId,
      serviceId: held.facts.serviceId,
      serviceKeyVersion: held.facts.version,
      usedPercent: Math.floor(share * 100),
      leftSeconds: Math.floor((maxOfflineMs * (1 - share)) / 1000),
    });
  }

  #ask(tenantId: string, serviceId: string, version: number): void {
    if (this.#options.link().state !== 'linked') return;
    const name = `${serviceName(tenantId, serviceId)}\0${version}`;
    const now = this.#options.clock.monotonicMs();
    const last = this.#asked.get(name);
    if (last !== undefined && now - last < ASK_EVERY_MS) return;
    this.#asked.set(name, now);
    this.#options.onMissing(tenantId, serviceId, version);
  }
}

function heldId(serviceKeyId: string, version: number): string {
  return `${serviceKeyId}\0${version}`;
}

function serviceName(tenantId: string, serviceId: string): string {
  return `${tenantId}\0${serviceId}`;
}
