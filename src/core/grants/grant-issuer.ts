import type { CryptoProvider, SigningKey } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import {
  GrantCache,
  GrantResult,
  GrantTerms,
  SealedKey,
  SealingScheme,
  ServiceKeyState,
  type GrantAck,
  type LoadedGrant,
  type SealingKey,
  type ServiceKeyGrant,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import type { KeyRing } from '../sealing/key-ring.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { GrantRecord } from '../store/grants.ts';
import type { ServiceKeyRecord } from '../store/service-keys.ts';
import type { ServiceRecord } from '../store/services.ts';

/** Shortest life of a grant, milliseconds; one that is half over is followed by another while its Gateway is linked. */
const GRANT_LIFETIME_MS = 7 * 24 * 3600 * 1000;

/** What a service key is. */
const ALGORITHM = 'AES-256';

export interface GrantIssuerOptions {
  readonly provider: CryptoProvider;
  readonly store: CoreStore;
  readonly keyRing: KeyRing;
  readonly grantKey: SigningKey;
  readonly clusterId: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
}

/** A version of a service key that a Gateway is to hold. */
interface Due {
  readonly service: ServiceRecord;
  readonly key: ServiceKeyRecord;
}

/** A grant, and what it lets the Gateway hold. */
export interface IssuedGrant {
  readonly grant: ServiceKeyGrant;
  readonly loaded: LoadedGrant;
}

/** What became of a grant, and which version it was of. */
export interface GrantOutcome {
  readonly outcome: 'loaded' | 'refused' | 'mismatch' | 'unknown';
  readonly loaded: LoadedGrant | undefined;
}

/** Decides which service keys a Gateway may hold, seals them to it, and says which leases go on. */
export class GrantIssuer {
  readonly #options: GrantIssuerOptions;

  constructor(options: GrantIssuerOptions) {
    this.#options = options;
  }

  /**
   * Grants that the Gateway must get now: of every version it may hold and does not, or holds by a grant that it never
   * confirmed, whose terms have changed since, that was sealed to another key, or whose life is half over. Those under way
   * are given again only when they are outdated already. Their numbers are on the disk when this returns. Active versions
   * come first, so that there is always one to wrap under.
   */
  due(
    gateway: GatewayRecord,
    loaded: readonly LoadedGrant[],
    underWay: readonly LoadedGrant[],
  ): readonly IssuedGrant[] {
    const { store } = this.#options;
    const held = new Set(loaded.map(nameOf));
    const sent = new Set(underWay.map(nameOf));
    return store.transaction(() =>
      this.#allowed(gateway)
        .filter((due) => {
          const name = nameOfKey(due.key);
          const last = store.grants.get(gateway.gatewayId, due.key.serviceKeyId, due.key.version);
          if (last === undefined || this.#isOutdated(gateway, due, last)) return true;
          return !sent.has(name) && !(held.has(name) && last.loaded);
        })
        .map((due) => this.#issue(gateway, due)),
    );
  }

  /** The grant of one version (0: the active one) at the Gateway's own request; undefined when it may not have it. */
  requested(
    gateway: GatewayRecord,
    wanted: { readonly tenantId: string; readonly serviceId: string; readonly version: number },
  ): IssuedGrant | undefined {
    const due = this.#allowed(gateway).find(
      ({ service, key }) =>
        service.tenantId === wanted.tenantId &&
        service.serviceId === wanted.serviceId &&
        (wanted.version === 0
          ? key.state === ServiceKeyState.SERVICE_KEY_STATE_ACTIVE
          : key.version === wanted.version),
    );
    return due && this.#options.store.transaction(() => this.#issue(gateway, due));
  }

  /** Those of the loaded grants whose leases go on. */
  renewable(gateway: GatewayRecord, loaded: readonly LoadedGrant[]): LoadedGrant[] {
    const allowed = new Set(this.#allowed(gateway).map(({ key }) => nameOfKey(key)));
    return loaded.filter((grant) => allowed.has(nameOf(grant)));
  }

  /**
   * Notes what became of a grant. `mismatch`: the Gateway holds another key than the one that was sealed to it, which
   * nothing but a fault or an attack explains.
   */
  acknowledged(gateway: GatewayRecord, ack: GrantAck): GrantOutcome {
    const { store } = this.#options;
    const grant = store.grants.byId(gateway.gatewayId, ack.grantId);
    if (grant === undefined) return { outcome: 'unknown', loaded: undefined };
    const loaded = { serviceKeyId: grant.serviceKeyId, version: grant.version };
    if (ack.result !== GrantResult.GRANT_RESULT_LOADED) return { outcome: 'refused', loaded };
    const expected = store.serviceKeys.get(grant.serviceKeyId, grant.version)?.checkValue;
    if (expected === undefined || Buffer.compare(expected, ack.keyCheckValue) !== 0) {
      return { outcome: 'mismatch', loaded };
    }
    if (!grant.loaded) {
      store.transaction(() => {
        store.grants.setLoaded(grant.grantId);
      });
    }
    return { outcome: 'loaded', loaded };
  }

  /** Every version that the Gateway may hold, active ones first. */
  #allowed(gateway: GatewayRecord): readonly Due[] {
    const { store } = this.#options;
    if (gateway.state !== 'ACTIVE') return [];
    const active: Due[] = [];
    const older: Due[] = [];
    for (const service of store.services.ofGateway(gateway.gatewayId)) {
      if (store.tenants.get(service.tenantId)?.state !== 'ACTIVE') continue;
      for (const key of store.serviceKeys.list(service.serviceKeyId)) {
        if (key.state === ServiceKeyState.SERVICE_KEY_STATE_ACTIVE) active.push({ service, key });
        if (key.state === ServiceKeyState.SERVICE_KEY_STATE_DECRYPT_ONLY) {
          older.push({ service, key });
        }
      }
    }
    return [...active, ...older];
  }

  #isOutdated(gateway: GatewayRecord, due: Due, last: GrantRecord): boolean {
    const { now } = this.#options;
    return (
      Buffer.compare(last.basis, this.#basis(gateway, due)) !== 0 ||
      last.notAfter - now() < lifetimeMs(due.service) / 2
    );
  }

  #issue(gateway: GatewayRecord, due: Due): IssuedGrant {
    const { store, provider, keyRing, now, newId } = this.#options;
    const { service, key } = due;
    const issuedAt = now();
    const notAfter = issuedAt + lifetimeMs(service);
    const grantId = newId();
    const recipient = recipientOf(gateway, service);
    const terms = GrantTerms.encode({
      ...this.#promise(gateway, due, recipient),
      grantId,
      issuedAt: timestampOf(issuedAt),
      notAfter: timestampOf(notAfter),
      epoch: BigInt(this.#options.epoch),
      sequence: BigInt(store.grants.nextSequence(gateway.gatewayId, key.serviceKeyId)),
    }).finish();
    const context = this.#sha384(terms);
    const handle = keyRing.forClients(service, key.version, 'unwrap');
    const sealed: SealedKey = {
      scheme: SealingScheme.SEALING_SCHEME_ECDH_P384_KW,
      ...provider.serviceKeys.seal(handle, recipient.spkiDer, context),
    };
    const sealedDigest = this.#sha384(SealedKey.encode(sealed).finish());
    store.grants.put(gateway.gatewayId, {
      serviceKeyId: key.serviceKeyId,
      version: key.version,
      grantId,
      basis: this.#basis(gateway, due),
      notAfter,
    });
    const signed = Buffer.concat([context, sealedDigest]);
    const coreSignature = provider.signingKeys.sign(this.#options.grantKey, signed);
    return {
      grant: { terms, sealedKey: sealed, coreSignature },
      loaded: { serviceKeyId: key.serviceKeyId, version: key.version },
    };
  }

  /** SHA-256 of what a grant promises but for its number and its times. */
  #basis(gateway: GatewayRecord, due: Due): Uint8Array {
    const promise = this.#promise(gateway, due, recipientOf(gateway, due.service));
    const encoded = GrantTerms.encode({
      ...promise,
      grantId: '',
      issuedAt: undefined,
      notAfter: undefined,
      epoch: 0n,
      sequence: 0n,
    }).finish();
    const digest = new Uint8Array(32);
    this.#options.provider.digests.into('sha-256', encoded, digest);
    return digest;
  }

  #promise(
    gateway: GatewayRecord,
    { service, key }: Due,
    recipient: SealingKey,
  ): Omit<GrantTerms, 'grantId' | 'issuedAt' | 'notAfter' | 'epoch' | 'sequence'> {
    return {
      clusterId: this.#options.clusterId,
      gatewayId: gateway.gatewayId,
      recipientKeyId: recipient.keyId,
      tenantId: service.tenantId,
      serviceId: service.serviceId,
      serviceKeyId: key.serviceKeyId,
      version: key.version,
      state: key.state,
      algorithm: ALGORITHM,
      leaseTtlSeconds: service.policy.leaseTtlSeconds,
      maxOfflineSeconds: service.policy.maxOfflineSeconds,
    };
  }

  #sha384(input: Uint8Array): Uint8Array {
    const digest = new Uint8Array(48);
    this.#options.provider.digests.into('sha-384', input, digest);
    return digest;
  }
}

/** Long enough that what is left of a grant never ends a Gateway's offline time before `max_offline` does. */
function lifetimeMs({ policy }: ServiceRecord): number {
  return Math.max(
    GRANT_LIFETIME_MS,
    2 * 1000 * (policy.maxOfflineSeconds + policy.leaseTtlSeconds),
  );
}

/**
 * The key to seal to. A service whose grants may be kept on the Gateway's disk needs the long-lived one; one whose grants
 * may not gets the one of this process start, so that a recorded grant and a stolen disk together open nothing.
 */
function recipientOf(gateway: GatewayRecord, { policy }: ServiceRecord): SealingKey {
  const ephemeral = policy.grantCache === GrantCache.GRANT_CACHE_MEMORY;
  const [first] = gateway.sealingKeys;
  const recipient = gateway.sealingKeys.find((key) => key.bootEphemeral === ephemeral) ?? first;
  if (recipient === undefined) throw new BrokerError('INTERNAL', 'a gateway without sealing keys');
  return recipient;
}

function nameOf({ serviceKeyId, version }: LoadedGrant): string {
  return `${serviceKeyId}/${version}`;
}

function nameOfKey({ serviceKeyId, version }: ServiceKeyRecord): string {
  return nameOf({ serviceKeyId, version });
}
