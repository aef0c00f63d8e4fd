import { BrokerError } from '../../errors/index.ts';
import type {
  BlastRadius,
  CreateServiceRequest,
  ListServicesRequest,
  ListServicesResponse,
  RotateServiceKeyRequest,
  Service,
  SetServiceKeyStateRequest,
  SetServicePolicyRequest,
} from '../../generated/cryptobroker/gateway/v1/admin.ts';
import { EventKind, ServiceKeyState } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { timestampOf, type KnownEventKind } from '../../uplink-wire/index.ts';
import { completePolicy } from '../governance/policy.ts';
import { checkName } from '../names.ts';
import type { KnownServiceKeyState, ServiceKeyRecord } from '../store/service-keys.ts';
import type { ServiceRecord } from '../store/services.ts';
import {
  noteAction,
  requireService,
  requireTenant,
  stateRefused,
  taken,
  type Administration,
} from './administration.ts';
import { radiusOf } from './blast-radius.ts';

const {
  SERVICE_KEY_STATE_ACTIVE: ACTIVE,
  SERVICE_KEY_STATE_DECRYPT_ONLY: DECRYPT_ONLY,
  SERVICE_KEY_STATE_SUSPENDED: SUSPENDED,
  SERVICE_KEY_STATE_COMPROMISED: COMPROMISED,
  SERVICE_KEY_STATE_DESTROYED: DESTROYED,
} = ServiceKeyState;

/** A service with the first version of its service key. */
export function createService(core: Administration, request: CreateServiceRequest): Service {
  const { store, keyRing, publisher, newId, now } = core;
  const { tenantId, serviceId } = request;
  checkName('service_id', serviceId);
  const policy = completePolicy(request.policy, tenantId, serviceId);
  return store.transaction(() => {
    requireActive(core, tenantId);
    if (store.services.get(tenantId, serviceId) !== undefined) {
      throw taken('service_id', 'the service exists');
    }
    const serviceKeyId = newId();
    store.services.insert({ tenantId, serviceId, serviceKeyId, policy, createdAt: now() });
    const made = keyRing.makeServiceKey(tenantId);
    store.serviceKeys.insert({ serviceKeyId, version: 1, ...made, createdAt: now() });
    publisher.rightsChanged(tenantId, serviceId);
    noteAction(core, { operation: 'create service', tenantId, serviceId });
    return serviceMessage(core, requireService(store, tenantId, serviceId));
  });
}

export function listServices(
  core: Administration,
  { tenantId }: ListServicesRequest,
): ListServicesResponse {
  const { store } = core;
  if (tenantId !== '') requireTenant(store, tenantId);
  const services = tenantId === '' ? store.services.list() : store.services.ofTenant(tenantId);
  return { services: services.map((service) => serviceMessage(core, service)) };
}

/** Another policy, as a whole. Gateways get it, and grants with its leases, at once. */
export function setServicePolicy(core: Administration, request: SetServicePolicyRequest): Service {
  const { store, publisher } = core;
  if (request.policy === undefined) {
    throw new BrokerError('FIELD_REQUIRED', 'required', { field: 'policy' });
  }
  const { tenantId, serviceId } = request.policy;
  const policy = completePolicy(request.policy, tenantId, serviceId);
  return store.transaction(() => {
    requireService(store, tenantId, serviceId);
    store.services.setPolicy(tenantId, serviceId, policy);
    publisher.rightsChanged(tenantId, serviceId);
    noteAction(core, { operation: 'set service policy', tenantId, serviceId });
    return serviceMessage(core, requireService(store, tenantId, serviceId));
  });
}

/** A new active version; the active one before unwraps only from now on. */
export function rotateServiceKey(core: Administration, request: RotateServiceKeyRequest): Service {
  const { store, keyRing, publisher, now } = core;
  const { tenantId, serviceId } = request;
  return store.transaction(() => {
    const { serviceKeyId } = requireService(store, tenantId, serviceId);
    requireActive(core, tenantId);
    const versions = store.serviceKeys.list(serviceKeyId);
    for (const version of versions) retire(core, version);
    const version = (versions.at(-1)?.version ?? 0) + 1;
    const made = keyRing.makeServiceKey(tenantId);
    store.serviceKeys.insert({ serviceKeyId, version, ...made, createdAt: now() });
    publisher.toService(tenantId, serviceId, {
      kind: EventKind.EVENT_KIND_SERVICE_KEY_ROTATED,
      serviceKeyId,
      serviceKeyVersion: version,
    });
    publisher.rightsChanged(tenantId, serviceId);
    noteAction(core, {
      operation: `rotate service key to version ${version}`,
      tenantId,
      serviceId,
    });
    return serviceMessage(core, requireService(store, tenantId, serviceId));
  });
}

/** Suspends, compromises, destroys or resumes a version; compromised can only be destroyed, and destroyed is final. */
export function setServiceKeyState(
  core: Administration,
  request: SetServiceKeyStateRequest,
): BlastRadius {
  const { store, keyRing } = core;
  const { tenantId, serviceId, version } = request;
  const { serviceKeyId } = requireService(store, tenantId, serviceId);
  const wanted = STATES.find((state) => state === request.state);
  if (wanted === undefined)
    throw new BrokerError('INPUT_INVALID', 'is unknown', { field: 'state' });
  const radius = store.transaction(() => {
    const key = store.serviceKeys.get(serviceKeyId, version);
    if (key === undefined) {
      const text = 'the service key has no such version';
      throw new BrokerError('CORE_UNKNOWN_NAME', text, { field: 'version' });
    }
    checkTransition(core, key, wanted);
    const reach = {
      services: 1,
      serviceKeyVersions: 1,
      keys: store.keys.countLiving({ kind: 'service-key', serviceKeyId, version }),
      gateways: store.gateways.ofService(tenantId, serviceId),
    };
    if (!request.dryRun && key.state !== wanted) apply(core, { tenantId, serviceId }, key, wanted);
    return radiusOf(core, reach, !request.dryRun);
  });
  if (!request.dryRun && wanted !== ACTIVE && wanted !== DECRYPT_ONLY) {
    keyRing.dropServiceKey(serviceKeyId, version);
    if (wanted === DESTROYED) store.shred();
  }
  return radius;
}

const STATES: readonly KnownServiceKeyState[] = [
  ACTIVE,
  DECRYPT_ONLY,
  SUSPENDED,
  COMPROMISED,
  DESTROYED,
];

/** From each state: where it may go. */
const TRANSITIONS: Readonly<Record<KnownServiceKeyState, readonly KnownServiceKeyState[]>> = {
  [ACTIVE]: [SUSPENDED, COMPROMISED, DESTROYED],
  [DECRYPT_ONLY]: [SUSPENDED, COMPROMISED, DESTROYED],
  [SUSPENDED]: [ACTIVE, DECRYPT_ONLY, COMPROMISED, DESTROYED],
  [COMPROMISED]: [DESTROYED],
  [DESTROYED]: [],
};

function checkTransition(
  { store }: Administration,
  key: ServiceKeyRecord,
  wanted: KnownServiceKeyState,
): void {
  if (key.state === wanted) return;
  if (!TRANSITIONS[key.state].includes(wanted)) {
    throw stateRefused(
      'the state of this version does not allow it; a version is replaced by rotation',
    );
  }
  if (wanted !== ACTIVE) return;
  if (key.suspendedFrom !== ACTIVE || store.serviceKeys.active(key.serviceKeyId) !== undefined) {
    throw stateRefused('another version is active: this one can be resumed to decrypt only');
  }
}

function apply(
  core: Administration,
  scope: { readonly tenantId: string; readonly serviceId: string },
  key: ServiceKeyRecord,
  wanted: KnownServiceKeyState,
): void {
  const { store, publisher } = core;
  const { tenantId, serviceId } = scope;
  const { serviceKeyId, version } = key;
  store.serviceKeys.setState(key, wanted, wanted === SUSPENDED ? key.state : undefined);
  if (wanted === DESTROYED) store.serviceKeys.wipe(key);
  publisher.toService(tenantId, serviceId, {
    kind: EVENTS[wanted],
    serviceKeyId,
    serviceKeyVersion: version,
  });
  publisher.rightsChanged(tenantId, serviceId);
  noteAction(core, {
    operation: `set service key version ${version} to state ${wanted}`,
    tenantId,
    serviceId,
  });
}

const EVENTS: Readonly<Record<KnownServiceKeyState, KnownEventKind>> = {
  [ACTIVE]: EventKind.EVENT_KIND_SERVICE_KEY_RESUMED,
  [DECRYPT_ONLY]: EventKind.EVENT_KIND_SERVICE_KEY_RESUMED,
  [SUSPENDED]: EventKind.EVENT_KIND_SERVICE_KEY_SUSPENDED,
  [COMPROMISED]: EventKind.EVENT_KIND_SERVICE_KEY_COMPROMISED,
  [DESTROYED]: EventKind.EVENT_KIND_SERVICE_KEY_DESTROYED,
};

/** Takes the right to wrap from a version, also from one that is suspended and might come back. */
function retire({ store }: Administration, key: ServiceKeyRecord): void {
  if (key.state === ACTIVE) store.serviceKeys.setState(key, DECRYPT_ONLY);
  if (key.state === SUSPENDED) store.serviceKeys.setState(key, SUSPENDED, DECRYPT_ONLY);
}

function requireActive({ store }: Administration, tenantId: string): void {
  if (requireTenant(store, tenantId).state !== 'ACTIVE') {
    throw stateRefused('the tenant is not active');
  }
}

function serviceMessage({ store }: Administration, service: ServiceRecord): Service {
  const { tenantId, serviceId, serviceKeyId, policy } = service;
  return {
    tenantId,
    serviceId,
    serviceKeyId,
    versions: store.serviceKeys.list(serviceKeyId).map((key) => ({
      version: key.version,
      state: key.state,
      createdAt: timestampOf(key.createdAt),
      keys: BigInt(
        store.keys.countLiving({ kind: 'service-key', serviceKeyId, version: key.version }),
      ),
      keyCheckValue: key.checkValue,
    })),
    policy,
    keys: BigInt(store.keys.countLiving({ kind: 'service', tenantId, serviceId })),
  };
}
