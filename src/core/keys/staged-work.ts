import { BrokerError } from '../../errors/index.ts';
import { EventKind, type Directive } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { GetMiss, type ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { isGuessable, NO_DIGEST } from '../../kmip/attributes/guessable-objects.ts';
import { searchTerms } from '../../kmip/attributes/search-terms.ts';
import { timestampOf, type KnownEventKind } from '../../uplink-wire/index.ts';
import type { Publisher } from '../events/publisher.ts';
import type { KeyRing } from '../sealing/key-ring.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { ServiceRecord } from '../store/services.ts';
import type { CoreKey } from './core-key.ts';
import { keyHeader } from './key-header.ts';
import type {
  ActiveServiceKey,
  CoreKeyQuery,
  KeyWork,
  LocatedCoreKeys,
  NewCoreKey,
  OpenedKey,
} from './key-work.ts';
import {
  attributesAfter,
  effectiveState,
  isDestroyed,
  nextState,
  withState,
  type KeyTransition,
} from './lifecycle.ts';
import { fromStored, toStored } from './stored-key.ts';

/** Keys that one Locate looks at, so that one client's question cannot hold everybody else up. */
const MOST_LOOKED_AT = 100_000;
const MOST_LOCATED = 1000;

export interface WorkOptions {
  readonly store: CoreStore;
  readonly keyRing: KeyRing;
  readonly publisher: Publisher;
  readonly service: ServiceRecord;
  /** The Gateway that asked; empty for the administrator. */
  readonly gatewayId: string;
  /** Creator of new keys. */
  readonly actor: string;
  readonly correlationId: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** A key as it is to become. */
interface Staged {
  readonly key: CoreKey;
  readonly kind: 'new' | 'changed';
  /** The last transition, which says what Gateways are told; none: attributes alone have changed. */
  readonly transition: KeyTransition | undefined;
}

/** Somebody else has changed a key between the reading and the writing: to be done again. */
export class WorkConflict extends Error {
  override readonly name = 'WorkConflict';
}

/** KeyWork over the store: changes wait in memory until `commit`. */
export class StagedWork implements KeyWork {
  readonly tenantId: string;
  readonly serviceId: string;
  readonly policy: ServicePolicy;
  readonly now: number;
  readonly #options: WorkOptions;
  readonly #staged = new Map<string, Staged>();
  readonly #toCache = new Set<string>();

  constructor(options: WorkOptions) {
    this.#options = options;
    this.tenantId = options.service.tenantId;
    this.serviceId = options.service.serviceId;
    this.policy = options.service.policy;
    this.now = options.now;
  }

  get(uid: string): CoreKey | undefined {
    const staged = this.#staged.get(uid);
    if (staged !== undefined) return staged.key;
    const stored = this.#options.store.keys.get(uid);
    const mine = stored?.tenantId === this.tenantId && stored.serviceId === this.serviceId;
    return mine ? fromStored(stored) : undefined;
  }

  locate(query: CoreKeyQuery): LocatedCoreKeys {
    const { tenantId, serviceId } = this;
    const limit = Math.min(query.limit, MOST_LOCATED);
    const keys: CoreKey[] = [];
    let total = 0;
    let lookedAt = 0;
    for (const stored of this.#options.store.keys.locate({ ...query, tenantId, serviceId })) {
      lookedAt += 1;
      if (lookedAt > MOST_LOOKED_AT) break;
      const key = fromStored(stored);
      if (!query.accept(key)) continue;
      if (total >= query.offset && keys.length < limit) keys.push(key);
      total += 1;
    }
    return { keys, total };
  }

  insert(key: NewCoreKey): CoreKey {
    if (this.#staged.has(key.uid) || this.#options.store.keys.get(key.uid) !== undefined) {
      throw new BrokerError('CORE_KEY_EXISTS', 'a key with this unique identifier exists');
    }
    const { tenantId, serviceId, now } = this;
    const inserted = this.#withoutTelltale({
      ...key,
      tenantId,
      serviceId,
      suspendedFrom: undefined,
      revision: 1,
      attributes: withState(key.attributes, key.state),
      gatewayId: this.#options.gatewayId,
      creator: this.#options.actor,
      createdAt: Math.floor(now),
      offline: false,
    });
    toStored(inserted);
    this.#staged.set(key.uid, { key: inserted, kind: 'new', transition: undefined });
    return inserted;
  }

  setAttributes(uid: string, attributes: AttributeSet): CoreKey {
    const key = this.#require(uid);
    return this.#stage({ ...key, attributes: withState(attributes, key.state) });
  }

  transition(uid: string, transition: KeyTransition): CoreKey {
    const key = this.#require(uid);
    const state = nextState(key, transition, this.now);
    const changed: CoreKey = {
      ...key,
      state,
      suspendedFrom: transition.kind === 'suspend' ? effectiveState(key, this.now) : undefined,
      escrow: isDestroyed(state) ? undefined : key.escrow,
      attributes: attributesAfter(key, transition, state, this.now),
    };
    return this.#stage(changed, transition);
  }

  cacheAtGateway(uid: string): void {
    if (this.policy.getMiss === GetMiss.GET_MISS_DENY) return;
    if (this.get(uid)?.escrow !== undefined) this.#toCache.add(uid);
  }

  activeServiceKey(): ActiveServiceKey {
    const { service, store, keyRing } = this.#options;
    const { serviceKeyId } = service;
    const active = store.serviceKeys.active(serviceKeyId);
    if (active === undefined) {
      throw new BrokerError('SERVICE_KEY_UNAVAILABLE', 'the service has no active service key');
    }
    const { version } = active;
    const { tenantId, serviceId } = this;
    return {
      serviceKeyId,
      version,
      key: keyRing.forClients(service, version, 'wrap'),
      headerOf: (uid, objectType) =>
        keyHeader({
          tenantId,
          serviceId,
          uid,
          objectType,
          serviceKeyId,
          serviceKeyVersion: version,
        }),
    };
  }

  open(key: CoreKey): OpenedKey {
    const { service, keyRing } = this.#options;
    const digest = isGuessable(key.objectType) ? NO_DIGEST : key.digest;
    if (key.escrow === undefined || digest === undefined) {
      throw new BrokerError('KEY_NOT_ESCROWED', 'the core holds no copy of this key');
    }
    return {
      key: keyRing.forClients(service, key.serviceKeyVersion, 'unwrap'),
      row: { ...key.escrow, digest },
      header: keyHeader(key),
    };
  }

  /** True when `commit` would change anything. */
  get hasChanges(): boolean {
    return this.#staged.size > 0;
  }

  /** True when a key is destroyed by this. */
  get destroys(): boolean {
    return [...this.#staged.values()].some(({ key }) => isDestroyed(key.state));
  }

  /** Writes the changes and tells the Gateways. Inside a transaction. Throws WorkConflict. */
  commit(): void {
    const { keys } = this.#options.store;
    for (const staged of this.#staged.values()) {
      const stored = toStored(staged.key);
      const terms = searchTerms(staged.key.attributes);
      const written =
        staged.kind === 'new' ? keys.insert(stored, terms) : keys.update(stored, terms);
      if (!written) throw new WorkConflict();
      if (staged.kind === 'changed') this.#publish(staged, stored.attributes);
    }
  }

  /** What the asking Gateway is to do to its vault. */
  directives(): Directive[] {
    const directives: Directive[] = [];
    for (const staged of this.#staged.values()) {
      const directive = staged.kind === 'new' ? putKey(staged.key) : change(staged);
      if (directive !== undefined) directives.push(directive);
    }
    for (const uid of this.#toCache) {
      const key = this.get(uid);
      const directive = key === undefined || this.#staged.has(uid) ? undefined : putKey(key);
      if (directive !== undefined) directives.push(directive);
    }
    return directives;
  }

  /** An object whose value could be guessed keeps no digest to try guesses against. */
  #withoutTelltale(key: CoreKey): CoreKey {
    if (!isGuessable(key.objectType) || key.escrow === undefined) return key;
    const { service, keyRing } = this.#options;
    const { wrapped } = key.escrow;
    const header = keyHeader(key);
    const mac = keyRing.bindWithoutDigest(service, key.serviceKeyVersion, wrapped, header);
    return { ...key, escrow: { wrapped, mac }, digest: undefined };
  }

  #require(uid: string): CoreKey {
    const key = this.get(uid);
    if (key === undefined) throw new BrokerError('CORE_KEY_UNKNOWN', 'there is no such key');
    return key;
  }

  #stage(key: CoreKey, transition?: KeyTransition): CoreKey {
    const before = this.#staged.get(key.uid);
    const staged: Staged = {
      // One transaction is one revision, however many changes it holds.
      key: before === undefined ? { ...key, revision: key.revision + 1 } : key,
      kind: before?.kind ?? 'changed',
      transition: transition ?? before?.transition,
    };
    toStored(staged.key);
    this.#staged.set(key.uid, staged);
    return staged.key;
  }

  #publish({ key, transition }: Staged, attributes: Uint8Array): void {
    const { publisher, correlationId } = this.#options;
    const reason =
      transition !== undefined && 'reason' in transition ? transition.reason : undefined;
    publisher.toService(this.tenantId, this.serviceId, {
      kind: kindOf(transition),
      serviceKeyId: key.serviceKeyId,
      serviceKeyVersion: key.serviceKeyVersion,
      uid: key.uid,
      attributes,
      correlationId,
      ...(reason && { reasonCode: reason.code, reasonMessage: reason.message }),
    });
  }
}

function kindOf(transition: KeyTransition | undefined): KnownEventKind {
  switch (transition?.kind) {
    case undefined:
      return EventKind.EVENT_KIND_KEY_ATTRIBUTES;
    case 'activate':
      return EventKind.EVENT_KIND_KEY_ACTIVATED;
    case 'deactivate':
      return EventKind.EVENT_KIND_KEY_DEACTIVATED;
    case 'compromise':
      return EventKind.EVENT_KIND_KEY_COMPROMISED;
    case 'destroy':
      return EventKind.EVENT_KIND_KEY_DESTROYED;
    case 'suspend':
      return EventKind.EVENT_KIND_KEY_SUSPENDED;
    case 'resume':
      return EventKind.EVENT_KIND_KEY_RESUMED;
  }
}

function putKey(key: CoreKey): Directive | undefined {
  if (key.escrow === undefined) return undefined;
  return {
    directive: {
      $case: 'put',
      value: {
        uid: key.uid,
        objectType: key.objectType,
        state: key.state,
        serviceKeyId: key.serviceKeyId,
        serviceKeyVersion: key.serviceKeyVersion,
        wrapped: key.escrow.wrapped,
        attributes: toStored(key).attributes,
        createdAt: timestampOf(key.createdAt * 1000),
      },
    },
  };
}

function change({ key, transition }: Staged): Directive {
  const { uid, state } = key;
  const { attributes } = toStored(key);
  if (transition === undefined) {
    return { directive: { $case: 'setAttributes', value: { uid, attributes } } };
  }
  const reasonCode = 'reason' in transition ? transition.reason.code : 0;
  return { directive: { $case: 'setState', value: { uid, state, attributes, reasonCode } } };
}
