import type { CryptoProvider } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import type { CoreIdentity } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Publisher } from '../events/publisher.ts';
import type { KeyRing } from '../sealing/key-ring.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { ServiceRecord } from '../store/services.ts';
import type { TenantRecord } from '../store/tenants.ts';
import type { GatewayHub } from '../uplink-server/gateway-hub.ts';

/** What the methods of the administration work with. */
export interface Administration {
  readonly provider: CryptoProvider;
  readonly store: CoreStore;
  readonly keyRing: KeyRing;
  readonly publisher: Publisher;
  readonly hub: GatewayHub;
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly version: string;
  readonly identity: () => CoreIdentity;
  readonly uplinkAddress: () => string;
}

/** Throws CORE_UNKNOWN_NAME. */
export function requireTenant(store: CoreStore, tenantId: string): TenantRecord {
  const tenant = store.tenants.get(tenantId);
  if (tenant === undefined) throw unknown('tenant_id', 'there is no such tenant');
  return tenant;
}

/** Throws CORE_UNKNOWN_NAME. */
export function requireService(
  store: CoreStore,
  tenantId: string,
  serviceId: string,
): ServiceRecord {
  requireTenant(store, tenantId);
  const service = store.services.get(tenantId, serviceId);
  if (service === undefined) throw unknown('service_id', 'the tenant has no such service');
  return service;
}

/** By id or by name. Throws CORE_UNKNOWN_NAME. */
export function requireGateway(store: CoreStore, idOrName: string): GatewayRecord {
  const gateway = store.gateways.get(idOrName) ?? store.gateways.byName(idOrName);
  if (gateway === undefined) throw unknown('gateway_id', 'there is no such gateway');
  return gateway;
}

/** Notes in the audit what the administrator did. Inside the transaction of the change. */
export function noteAction(
  { store, now }: Pick<Administration, 'store' | 'now'>,
  action: {
    readonly operation: string;
    readonly tenantId?: string;
    readonly serviceId?: string;
    readonly uid?: string;
    readonly outcome?: string;
  },
): void {
  store.audit.append({
    at: now(),
    gatewayId: '',
    actor: 'administrator',
    operation: action.operation,
    tenantId: action.tenantId ?? '',
    serviceId: action.serviceId ?? '',
    uid: action.uid ?? '',
    outcome: action.outcome ?? 'success',
    correlationId: '',
  });
}

export function taken(field: string, text: string): BrokerError {
  return new BrokerError('CORE_NAME_TAKEN', text, { field });
}

export function stateRefused(text: string): BrokerError {
  return new BrokerError('CORE_STATE_REFUSED', text, { field: 'state' });
}

function unknown(field: string, text: string): BrokerError {
  return new BrokerError('CORE_UNKNOWN_NAME', text, { field });
}
