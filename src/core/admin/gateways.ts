import { BrokerError } from '../../errors/index.ts';
import type {
  BlastRadius,
  CreateGatewayRequest,
  DecommissionGatewayRequest,
  Gateway,
  ListGatewaysResponse,
} from '../../generated/cryptobroker/gateway/v1/admin.ts';
import {
  EventKind,
  SealingMode,
  type Scope,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { parseSpiffeIdentity, timestampOf, UPLINK_LIMITS } from '../../uplink-wire/index.ts';
import { checkName } from '../names.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import {
  noteAction,
  requireGateway,
  requireService,
  stateRefused,
  taken,
  type Administration,
} from './administration.ts';
import { endOfService, radiusOf } from './blast-radius.ts';

/** Declares a Gateway: from then on the holder of a certificate with this identity may enrol. */
export function createGateway(core: Administration, request: CreateGatewayRequest): Gateway {
  const { store, newId, now } = core;
  const { name, identity, scopes } = request;
  checkName('name', name);
  const spiffe = parseSpiffeIdentity(identity);
  if (spiffe?.role !== 'gateway' || spiffe.name !== name) {
    const text = 'must be spiffe://<trust domain>/gateway/<name>';
    throw new BrokerError('INPUT_INVALID', text, { field: 'identity' });
  }
  checkScopes(scopes);
  return store.transaction(() => {
    for (const { tenantId, serviceId } of scopes) requireService(store, tenantId, serviceId);
    if (store.gateways.byName(name) !== undefined) throw taken('name', 'the gateway exists');
    if (store.gateways.byIdentity(identity) !== undefined) {
      throw taken('identity', 'another gateway has this identity');
    }
    const gatewayId = newId();
    store.gateways.insert({ gatewayId, name, identity, createdAt: now(), scopes });
    store.events.open(gatewayId);
    noteAction(core, { operation: `create gateway ${name}` });
    return gatewayMessage(core, requireGateway(store, gatewayId));
  });
}

export function listGateways(core: Administration): ListGatewaysResponse {
  return { gateways: core.store.gateways.list().map((gateway) => gatewayMessage(core, gateway)) };
}

/** Ends a Gateway for good: it is told, gets nothing any more, and its leases are not renewed. */
export function decommissionGateway(
  core: Administration,
  request: DecommissionGatewayRequest,
): BlastRadius {
  const { store, publisher, hub } = core;
  return store.transaction(() => {
    const gateway = requireGateway(store, request.gatewayId);
    if (gateway.state !== 'ACTIVE') throw stateRefused('the gateway was decommissioned before');
    const { gatewayId } = gateway;
    const services = store.services.ofGateway(gatewayId);
    const reach = {
      services: services.length,
      serviceKeyVersions: 0,
      // Its keys are served by others, or fetched from here: none is lost.
      keys: 0,
      gateways: [gateway],
    };
    if (!request.dryRun) {
      store.gateways.decommission(gatewayId);
      publisher.toGateway(gatewayId, { kind: EventKind.EVENT_KIND_GATEWAY_DECOMMISSIONED });
      store.core.bumpGovernance();
      store.afterCommit(() => {
        hub.rightsChanged(gatewayId);
      });
      noteAction(core, { operation: `decommission gateway ${gateway.name}` });
    }
    return radiusOf(core, reach, !request.dryRun);
  });
}

/** A Gateway as it stands, with what its link has told. */
export function gatewayMessage(core: Administration, gateway: GatewayRecord): Gateway {
  const { store, hub } = core;
  const { gatewayId, lastHeartbeat, vaultId } = gateway;
  const link = hub.link(gatewayId);
  const lane = store.events.lane(gatewayId, 0);
  const unacknowledged = lane.head - lane.acknowledged;
  const waits = unacknowledged > 0 && link === undefined && gateway.generation > 0;
  return {
    gatewayId,
    name: gateway.name,
    identity: gateway.identity,
    scopes: scopesOf(core, gatewayId),
    state: gateway.state,
    generation: BigInt(gateway.generation),
    connected: link !== undefined,
    lastHeartbeat: lastHeartbeat === undefined ? undefined : timestampOf(lastHeartbeat),
    outboxDepth: BigInt(link?.outboxDepth ?? 0),
    unacknowledged: BigInt(unacknowledged),
    worstCase: waits ? timestampOf(endOfService(core, gateway)) : undefined,
    vaultId: vaultId ?? '',
  };
}

function scopesOf({ store }: Administration, gatewayId: string): Scope[] {
  return store.services.ofGateway(gatewayId).map(({ tenantId, serviceId, serviceKeyId }) => ({
    tenantId,
    serviceId,
    serviceKeyId,
    sealing: SealingMode.SEALING_MODE_SERVICE_KEY,
  }));
}

function checkScopes(scopes: readonly Scope[]): void {
  const invalid = (code: 'FIELD_REQUIRED' | 'FIELD_TOO_MANY' | 'INPUT_INVALID', text: string) =>
    new BrokerError(code, text, { field: 'scopes' });
  if (scopes.length === 0) throw invalid('FIELD_REQUIRED', 'required');
  if (scopes.length > UPLINK_LIMITS.scopes) {
    throw invalid('FIELD_TOO_MANY', `too many entries (max ${UPLINK_LIMITS.scopes})`);
  }
  const names = new Set(scopes.map(({ tenantId, serviceId }) => `${tenantId}/${serviceId}`));
  if (names.size < scopes.length) throw invalid('INPUT_INVALID', 'a service is named twice');
  if (scopes.some(({ sealing }) => !SEALINGS.has(sealing))) {
    throw invalid('INPUT_INVALID', 'this way of sealing is not part of this version');
  }
}

/** What `sealing` may say; nothing is the one that there is. */
const SEALINGS: ReadonlySet<SealingMode> = new Set([
  SealingMode.SEALING_MODE_UNSPECIFIED,
  SealingMode.SEALING_MODE_SERVICE_KEY,
]);
