import { createHash, randomUUID } from 'node:crypto';
import type { CryptoProvider, ServiceKey, SigningKey } from '../../../src/crypto/provider.ts';
import {
  Escrow,
  EventKind,
  GetMiss,
  Governance,
  GrantCache,
  GrantTerms,
  SealedKey,
  SealingScheme,
  ServiceKeyState,
  type EnrollRequest,
  type EnrollResponse,
  type Event,
  type ServiceKeyGrant,
  type ServicePolicy,
  type SignedGovernance,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { EVENT_LANES, timestampOf, type KnownEventKind } from '../../../src/uplink-wire/index.ts';
import type { TestClock } from './test-clock.ts';

export const TENANT = 'acme';
export const SERVICE = 'orders';
export const SERVICE_KEY = 'l3-orders';
const CLUSTER = 'cluster-1';
const GATEWAY = 'gateway-1';

export const POLICY: ServicePolicy = {
  tenantId: TENANT,
  serviceId: SERVICE,
  leaseTtlSeconds: 300,
  maxOfflineSeconds: 3600,
  offlineCreate: true,
  offlineCreateMax: 0n,
  grantCache: GrantCache.GRANT_CACHE_SEALED,
  l4Escrow: Escrow.ESCROW_WRAPPED,
  activateOnCreate: false,
  getMiss: GetMiss.GET_MISS_TUNNEL,
  getDeactivated: true,
  auditRequired: true,
  outboxMax: 0n,
  tunnelTimeoutMs: 1000,
  clockToleranceSeconds: 30,
  rewrapOnAccess: false,
  uniqueNames: false,
};

/** The Core's side of the contract, without a network: it seals, signs and numbers. */
export class TestCore {
  readonly clusterId = CLUSTER;
  epoch = 1n;
  readonly #provider: CryptoProvider;
  readonly #clock: TestClock;
  readonly #grantKey: SigningKey;
  readonly #serviceKeys = new Map<string, ServiceKey>();
  readonly #parent;
  #sequence = 0n;
  #governanceVersion = 0n;
  readonly #lanes: [bigint, bigint, bigint] = [0n, 0n, 0n];
  #enrolled: EnrollRequest | undefined;

  constructor(provider: CryptoProvider, clock: TestClock) {
    this.#provider = provider;
    this.#clock = clock;
    this.#parent = provider.keyWrap.generateKey(256);
    this.#grantKey = provider.signingKeys.generate(this.#parent).key;
  }

  /** The service key itself, as the Core has it. */
  serviceKey(id: string = SERVICE_KEY, version = 1): ServiceKey {
    const name = `${id}/${version}`;
    const key =
      this.#serviceKeys.get(name) ?? this.#provider.serviceKeys.generate(this.#parent).key;
    this.#serviceKeys.set(name, key);
    return key;
  }

  enrol(request: EnrollRequest, policies: readonly ServicePolicy[] = [POLICY]): EnrollResponse {
    this.#enrolled = request;
    return {
      gatewayId: GATEWAY,
      generation: 1n,
      core: {
        clusterId: this.clusterId,
        epoch: this.epoch,
        region: 'test',
        serverTime: timestampOf(this.#clock.now()),
        grantKeySpki: this.#grantKey.publicKey,
      },
      scopes: [],
      governance: this.governance(policies),
      heartbeatIntervalMs: 10_000,
      staleAfterMs: 30_000,
      lostAfterMs: 90_000,
    };
  }

  /** Signed settings of the next version. */
  governance(
    policies: readonly ServicePolicy[] = [POLICY],
    changes: Partial<Governance> = {},
  ): SignedGovernance {
    this.#governanceVersion += 1n;
    const governance = Governance.encode({
      clusterId: this.clusterId,
      gatewayId: GATEWAY,
      version: this.#governanceVersion,
      issuedAt: timestampOf(this.#clock.now()),
      policies: [...policies],
      clientTrust: [{ tenantId: TENANT, caBundle: Buffer.from('pem'), rules: [] }],
      ...changes,
    }).finish();
    return { governance, signature: this.sign(governance) };
  }

  sign(data: Uint8Array): Uint8Array {
    return this.#provider.signingKeys.sign(this.#grantKey, data);
  }

  /** A grant of the next sequence to the sealing key that the policy's grant cache asks for. */
  grant(
    changes: Partial<GrantTerms> = {},
    options: { readonly ephemeral?: boolean } = {},
  ): ServiceKeyGrant {
    const offered = this.#enrolled?.sealingKeys ?? [];
    const recipient =
      offered.find(({ bootEphemeral }) => bootEphemeral === (options.ephemeral ?? false)) ??
      offered[0];
    if (recipient === undefined) throw new Error('enrol first');
    this.#sequence += 1n;
    const terms: GrantTerms = {
      clusterId: this.clusterId,
      gatewayId: GATEWAY,
      recipientKeyId: recipient.keyId,
      tenantId: TENANT,
      serviceId: SERVICE,
      serviceKeyId: SERVICE_KEY,
      version: 1,
      state: ServiceKeyState.SERVICE_KEY_STATE_ACTIVE,
      algorithm: 'AES-256',
      grantId: randomUUID(),
      issuedAt: timestampOf(this.#clock.now()),
      notAfter: timestampOf(this.#clock.now() + 7 * 24 * 3600 * 1000),
      leaseTtlSeconds: POLICY.leaseTtlSeconds,
      maxOfflineSeconds: POLICY.maxOfflineSeconds,
      epoch: this.epoch,
      sequence: this.#sequence,
      ...changes,
    };
    const encoded = GrantTerms.encode(terms).finish();
    const key = this.serviceKey(terms.serviceKeyId, terms.version);
    const sealed = this.#provider.serviceKeys.seal(key, recipient.spkiDer, sha384(encoded));
    return this.signed(encoded, {
      scheme: SealingScheme.SEALING_SCHEME_ECDH_P384_KW,
      ...sealed,
    });
  }

  /** Terms and sealed key with the Core's own signature over them. */
  signed(terms: Uint8Array, sealedKey: SealedKey): ServiceKeyGrant {
    const digest = Buffer.concat([sha384(terms), sha384(SealedKey.encode(sealedKey).finish())]);
    return { terms, sealedKey, coreSignature: this.sign(digest) };
  }

  /** The next event of its lane. */
  event(kind: keyof typeof EventKind, changes: Partial<Event> = {}): Event {
    const value = EventKind[kind] as KnownEventKind;
    const lane = EVENT_LANES[value];
    this.#lanes[lane] += 1n;
    return {
      eventId: randomUUID(),
      lane,
      laneSequence: this.#lanes[lane],
      kind: value,
      tenantId: TENANT,
      serviceId: SERVICE,
      serviceKeyId: '',
      serviceKeyVersion: 0,
      uid: '',
      reasonCode: 0,
      reasonMessage: '',
      effectiveAt: timestampOf(this.#clock.now()),
      correlationId: '',
      epoch: this.epoch,
      attributes: new Uint8Array(),
      ...changes,
    };
  }
}

function sha384(bytes: Uint8Array): Buffer {
  return createHash('sha384').update(bytes).digest();
}
