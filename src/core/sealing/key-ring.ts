import type { CryptoProvider, ServiceKey, WrappingKey } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import { ServiceKeyState } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { NO_DIGEST } from '../../kmip/attributes/guessable-objects.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { ServiceKeyRecord } from '../store/service-keys.ts';
import type { ServiceRecord } from '../store/services.ts';
import { HandleCache } from './handle-cache.ts';

/** Handles that are kept; each holds a few hundred bytes of locked memory. */
const KEPT_ROOTS = 128;
const KEPT_SERVICE_KEYS = 512;

/**
 * Tenant roots and service keys behind handles: unwrapped when they are first needed, dropped when their state forbids
 * their use and when the Core stops. Handles belong to the ring: nobody else drops them or keeps them beyond one call.
 */
export class KeyRing {
  readonly #provider: CryptoProvider;
  readonly #store: CoreStore;
  readonly #root: WrappingKey;
  readonly #tenantRoots = new HandleCache<WrappingKey>(KEPT_ROOTS);
  readonly #serviceKeys = new HandleCache<ServiceKey>(KEPT_SERVICE_KEYS);

  constructor(options: {
    readonly provider: CryptoProvider;
    readonly store: CoreStore;
    /** Not taken over. */
    readonly root: WrappingKey;
  }) {
    this.#provider = options.provider;
    this.#store = options.store;
    this.#root = options.root;
  }

  /** A new tenant root in its wrapped form. */
  makeTenantRoot(): Uint8Array {
    const { key, wrapped } = this.#provider.keyWrap.generateChild(this.#root);
    key.drop();
    return wrapped;
  }

  /** A new service key below a tenant's root. */
  makeServiceKey(tenantId: string): {
    readonly wrapped: Uint8Array;
    readonly checkValue: Uint8Array;
  } {
    const { key, wrapped } = this.#provider.serviceKeys.generate(this.#tenantRoot(tenantId));
    const checkValue = Uint8Array.from(key.checkValue);
    key.drop();
    return { wrapped, checkValue };
  }

  /**
   * The service key of this version for the keys of clients: its tenant is active, and the version may wrap (`wrap`) or at
   * least unwrap. Throws SERVICE_KEY_UNAVAILABLE.
   */
  forClients(service: ServiceRecord, version: number, use: 'wrap' | 'unwrap'): ServiceKey {
    const record = this.#store.serviceKeys.get(service.serviceKeyId, version);
    if (record === undefined) throw unavailable('there is no such version');
    if (this.#store.tenants.get(service.tenantId)?.state !== 'ACTIVE') {
      throw unavailable('its tenant is not active');
    }
    const allowed =
      record.state === ServiceKeyState.SERVICE_KEY_STATE_ACTIVE ||
      (use === 'unwrap' && record.state === ServiceKeyState.SERVICE_KEY_STATE_DECRYPT_ONLY);
    if (!allowed) throw unavailable('its state forbids it');
    return this.#serviceKey(service, record);
  }

  /**
   * The service key of this version for taking keys over that were made while it could be used: also while it, or its
   * tenant, is suspended. Throws SERVICE_KEY_UNAVAILABLE.
   */
  forAdoption(service: ServiceRecord, record: ServiceKeyRecord): ServiceKey {
    if (this.#store.tenants.get(service.tenantId)?.state === 'REVOKED') {
      throw unavailable('its tenant is revoked');
    }
    if (isLost(record)) throw unavailable('its state forbids it');
    return this.#serviceKey(service, record);
  }

  /** MAC that binds a wrapped object, which was just made under this version, to its header and to no digest. */
  bindWithoutDigest(
    service: ServiceRecord,
    version: number,
    wrapped: Uint8Array,
    header: Uint8Array,
  ): Uint8Array {
    const key = this.forClients(service, version, 'wrap');
    return this.#provider.dataKeys.bind(key, { wrapped, digest: NO_DIGEST }, header);
  }

  /** To be called when a version may no longer be used. */
  dropServiceKey(serviceKeyId: string, version: number): void {
    this.#serviceKeys.drop(nameOf(serviceKeyId, version));
  }

  /** To be called when a tenant may no longer be served. */
  dropTenant(tenantId: string): void {
    this.#tenantRoots.drop(tenantId);
    for (const { serviceKeyId } of this.#store.services.ofTenant(tenantId)) {
      for (const { version } of this.#store.serviceKeys.list(serviceKeyId)) {
        this.dropServiceKey(serviceKeyId, version);
      }
    }
  }

  dropAll(): void {
    this.#serviceKeys.dropAll();
    this.#tenantRoots.dropAll();
  }

  #serviceKey(service: ServiceRecord, record: ServiceKeyRecord): ServiceKey {
    const { wrapped } = record;
    if (wrapped === undefined) throw unavailable('it was destroyed');
    return this.#serviceKeys.get(nameOf(record.serviceKeyId, record.version), () =>
      this.#provider.serviceKeys.unwrap(this.#tenantRoot(service.tenantId), wrapped),
    );
  }

  #tenantRoot(tenantId: string): WrappingKey {
    return this.#tenantRoots.get(tenantId, () => {
      const tenant = this.#store.tenants.get(tenantId);
      if (tenant === undefined || tenant.state === 'REVOKED') {
        throw unavailable('its tenant is revoked');
      }
      return this.#provider.keyWrap.unwrapChild(this.#root, tenant.root);
    });
  }
}

/** True for a version that nothing may ever be done with again. */
export function isLost({ state }: Pick<ServiceKeyRecord, 'state'>): boolean {
  return (
    state === ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED ||
    state === ServiceKeyState.SERVICE_KEY_STATE_DESTROYED
  );
}

function nameOf(serviceKeyId: string, version: number): string {
  return `${serviceKeyId}/${version}`;
}

function unavailable(reason: string): BrokerError {
  return new BrokerError('SERVICE_KEY_UNAVAILABLE', `the service key cannot be used: ${reason}`);
}
