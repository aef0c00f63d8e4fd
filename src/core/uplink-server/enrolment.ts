import { createHash } from 'node:crypto';
import type { CryptoProvider, SigningKey } from '../../crypto/provider.ts';
import {
  SealingScheme,
  type CoreIdentity,
  type EnrollRequest,
  type EnrollResponse,
  type SealingKey,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import type { Governor } from '../governance/governance.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { VaultRecord } from '../store/vaults.ts';
import type { GatewayHub } from './gateway-hub.ts';
import { UplinkRefusal } from './refusal.ts';
import { CORE_LOG } from '../log-messages.ts';

/** Milliseconds: how often a Gateway speaks, and how long silence may last. */
export interface LinkTimes {
  readonly heartbeatMs: number;
  readonly staleMs: number;
  readonly lostMs: number;
}

export interface EnrolmentOptions {
  readonly provider: CryptoProvider;
  readonly store: CoreStore;
  readonly governor: Governor;
  readonly hub: GatewayHub;
  readonly grantKey: SigningKey;
  readonly clusterId: string;
  readonly region: string;
  readonly epoch: number;
  readonly times: LinkTimes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Enrols Gateways: once per process start, and again for every connection. */
export class Enrolment {
  readonly #options: EnrolmentOptions;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  /** What the Core says of itself. */
  get identity(): CoreIdentity {
    const { clusterId, epoch, region, grantKey, now } = this.#options;
    return {
      clusterId,
      epoch: BigInt(epoch),
      region,
      serverTime: timestampOf(now()),
      grantKeySpki: grantKey.publicKey,
    };
  }

  /** `gateway` is who the certificate says; the request is checked to be well formed. Throws UplinkRefusal. */
  enrol(gateway: GatewayRecord, request: EnrollRequest): EnrollResponse {
    const { store, governor, hub, logger, times } = this.#options;
    if (request.gatewayName !== gateway.name) {
      throw new UplinkRefusal('GATEWAY_UNKNOWN', 'the name is not the one of this identity');
    }
    this.#checkStanding(gateway);
    this.#checkLastCore(request);
    this.#checkVault(gateway, request);
    const sealingKeys = request.sealingKeys.filter(isUsable);
    if (sealingKeys.length === 0) {
      throw new UplinkRefusal('FRAME_INVALID', 'none of the sealing keys is a P-384 key');
    }
    const generation = gateway.generation + 1;
    const { instanceId, vaultId } = request;
    store.transaction(() => {
      store.gateways.enrol(gateway.gatewayId, { generation, instanceId, vaultId, sealingKeys });
      store.vaults.put({
        vaultId,
        gatewayId: gateway.gatewayId,
        generation: Number(request.vaultGeneration),
        instanceId,
      });
    });
    // The same process comes again because it lost its connection, whatever we know of that.
    if (gateway.instanceId === instanceId) hub.end(gateway.gatewayId);
    else hub.supersede(gateway.gatewayId, 'another process of this gateway has enrolled');
    if (gateway.vaultId !== undefined && gateway.vaultId !== vaultId) {
      logger.warn(CORE_LOG.otherVault, { gateway: gateway.name, vaultId });
    }
    logger.info(CORE_LOG.enrolled, {
      gateway: gateway.name,
      generation,
      version: request.software?.version,
      fips: request.software?.fipsProvider,
    });
    const enrolled = store.gateways.get(gateway.gatewayId) ?? gateway;
    return {
      gatewayId: gateway.gatewayId,
      generation: BigInt(generation),
      core: this.identity,
      scopes: governor.scopes(enrolled),
      governance: governor.signed(enrolled),
      heartbeatIntervalMs: times.heartbeatMs,
      staleAfterMs: times.staleMs,
      lostAfterMs: times.lostMs,
    };
  }

  /** A decommissioned Gateway comes in once more, to be told. */
  #checkStanding({ gatewayId, state }: GatewayRecord): void {
    if (state === 'ACTIVE') return;
    const { head, acknowledged } = this.#options.store.events.lane(gatewayId, 0);
    if (head === acknowledged) {
      throw new UplinkRefusal('GATEWAY_UNKNOWN', 'this gateway was decommissioned');
    }
  }

  /** A Gateway that has seen a later Core of ours: we are a copy of the past, and must not govern. */
  #checkLastCore({ lastCore }: EnrollRequest): void {
    const { clusterId, epoch, logger } = this.#options;
    if (lastCore?.clusterId !== clusterId || lastCore.epoch <= BigInt(epoch)) return;
    logger.error(CORE_LOG.storeIsOld, {
      epoch,
      known: Number(lastCore.epoch),
    });
    throw new UplinkRefusal('EPOCH_STALE', 'this core is older than the one known before');
  }

  #checkVault(gateway: GatewayRecord, request: EnrollRequest): void {
    const { store, hub } = this.#options;
    const known = store.vaults.get(request.vaultId);
    if (known !== undefined && known.gatewayId !== gateway.gatewayId) {
      throw new UplinkRefusal('SUPERSEDED', 'this vault belongs to another gateway');
    }
    if (known !== undefined && isClone(known, request)) {
      throw new UplinkRefusal('SUPERSEDED', 'this vault is a copy: a later one has enrolled');
    }
    const otherVault = gateway.vaultId !== undefined && gateway.vaultId !== request.vaultId;
    if (otherVault && hub.isAlive(gateway.gatewayId)) {
      throw new UplinkRefusal('SUPERSEDED', 'this gateway runs elsewhere, with another vault');
    }
  }
}

/**
 * The vault counts how often it was opened. A lower count is a restored backup, the same count in another process a copy;
 * a higher one is a restart, also while the process before seems to be there still.
 */
function isClone(known: VaultRecord, request: EnrollRequest): boolean {
  const generation = Number(request.vaultGeneration);
  return (
    generation < known.generation ||
    (generation === known.generation && request.instanceId !== known.instanceId)
  );
}

/** DER of a SubjectPublicKeyInfo for P-384 up to its point, which must be uncompressed (RFC 5480 §2). */
const P384_PREFIX = Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex');
const P384_SPKI_BYTES = P384_PREFIX.length + 96;

function isUsable({ scheme, keyId, spkiDer }: SealingKey): boolean {
  return (
    scheme === SealingScheme.SEALING_SCHEME_ECDH_P384_KW &&
    spkiDer.byteLength === P384_SPKI_BYTES &&
    Buffer.compare(spkiDer.subarray(0, P384_PREFIX.length), P384_PREFIX) === 0 &&
    createHash('sha256').update(spkiDer).digest().equals(keyId)
  );
}
