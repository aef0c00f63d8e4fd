import { EventKind, ServiceKeyState } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { KnownEventKind } from '../../uplink-wire/index.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { TenantState } from '../store/tenants.ts';
import type { Publisher } from './publisher.ts';

const PAGE = 500;

/** By state of a key; pre-active and active ones need no word. */
const OF_KEY: ReadonlyMap<number, KnownEventKind> = new Map([
  [3, EventKind.EVENT_KIND_KEY_DEACTIVATED],
  [4, EventKind.EVENT_KIND_KEY_COMPROMISED],
  [5, EventKind.EVENT_KIND_KEY_DESTROYED],
  [6, EventKind.EVENT_KIND_KEY_DESTROYED],
  [16, EventKind.EVENT_KIND_KEY_SUSPENDED],
]);

const OF_SERVICE_KEY: ReadonlyMap<ServiceKeyState, KnownEventKind> = new Map([
  [ServiceKeyState.SERVICE_KEY_STATE_SUSPENDED, EventKind.EVENT_KIND_SERVICE_KEY_SUSPENDED],
  [ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED, EventKind.EVENT_KIND_SERVICE_KEY_COMPROMISED],
  [ServiceKeyState.SERVICE_KEY_STATE_DESTROYED, EventKind.EVENT_KIND_SERVICE_KEY_DESTROYED],
]);

const OF_TENANT: ReadonlyMap<TenantState, KnownEventKind> = new Map([
  ['SUSPENDED', EventKind.EVENT_KIND_TENANT_SUSPENDED],
  ['REVOKED', EventKind.EVENT_KIND_TENANT_REVOKED],
]);

/**
 * Logs once more, for one Gateway, every restriction that is in force in its scopes: when its event log and its vault have
 * lost each other, so that nothing comes back to life by that. Restrictions commute and are idempotent. Inside a
 * transaction.
 */
export function replayRestrictions(
  store: CoreStore,
  publisher: Publisher,
  gatewayId: string,
): void {
  if (store.gateways.get(gatewayId)?.state === 'DECOMMISSIONED') {
    publisher.toGateway(gatewayId, { kind: EventKind.EVENT_KIND_GATEWAY_DECOMMISSIONED });
  }
  const services = store.services.ofGateway(gatewayId);
  for (const tenantId of new Set(services.map((service) => service.tenantId))) {
    const state = store.tenants.get(tenantId)?.state;
    const kind = state && OF_TENANT.get(state);
    if (kind !== undefined) publisher.toGateway(gatewayId, { kind, tenantId });
  }
  for (const { tenantId, serviceId, serviceKeyId } of services) {
    for (const { version, state } of store.serviceKeys.list(serviceKeyId)) {
      const kind = OF_SERVICE_KEY.get(state);
      const scope = { tenantId, serviceId, serviceKeyId, serviceKeyVersion: version };
      if (kind !== undefined) publisher.toGateway(gatewayId, { kind, ...scope });
    }
  }
  replayKeys(store, publisher, gatewayId);
}

function replayKeys(store: CoreStore, publisher: Publisher, gatewayId: string): void {
  for (let after = 0; ;) {
    const page = store.keys.restrictedFor(gatewayId, after, PAGE);
    for (const { id, key } of page) {
      after = id;
      const kind = OF_KEY.get(key.state);
      if (kind === undefined) continue;
      const { tenantId, serviceId, serviceKeyId, serviceKeyVersion, uid, attributes } = key;
      const scope = { tenantId, serviceId, serviceKeyId, serviceKeyVersion, uid };
      publisher.toGateway(gatewayId, { kind, ...scope, attributes });
    }
    if (page.length < PAGE) return;
  }
}
