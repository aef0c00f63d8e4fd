import { BrokerError } from '../../errors/index.ts';
import type {
  BlastRadius,
  CreateTenantRequest,
  ListTenantsResponse,
  SetTenantStateRequest,
  SetTenantTrustRequest,
  Tenant,
} from '../../generated/cryptobroker/gateway/v1/admin.ts';
import { EventKind } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { timestampOf, type KnownEventKind } from '../../uplink-wire/index.ts';
import { checkTrust } from '../governance/trust.ts';
import { checkName } from '../names.ts';
import { TENANT_STATES, type TenantRecord, type TenantState } from '../store/tenants.ts';
import {
  noteAction,
  requireTenant,
  stateRefused,
  taken,
  type Administration,
} from './administration.ts';
import { radiusOf } from './blast-radius.ts';

const LONGEST_NAME = 255;

/** A tenant with a root key of its own. */
export function createTenant(core: Administration, request: CreateTenantRequest): Tenant {
  const { store, keyRing, now } = core;
  const { tenantId, name } = request;
  checkName('tenant_id', tenantId);
  if (name.length > LONGEST_NAME) {
    throw new BrokerError('FIELD_TOO_LARGE', `too large (max ${LONGEST_NAME})`, { field: 'name' });
  }
  const trust = checkTrust(request.trust, tenantId);
  return store.transaction(() => {
    if (store.tenants.get(tenantId) !== undefined) throw taken('tenant_id', 'the tenant exists');
    const root = keyRing.makeTenantRoot();
    store.tenants.insert({ tenantId, name, trust, root, createdAt: now() });
    noteAction(core, { operation: 'create tenant', tenantId });
    return tenantMessage(core, requireTenant(store, tenantId));
  });
}

export function listTenants(core: Administration): ListTenantsResponse {
  return { tenants: core.store.tenants.list().map((tenant) => tenantMessage(core, tenant)) };
}

/** Suspends, revokes or restores a tenant and everything that is its; revoked is final. */
export function setTenantState(core: Administration, request: SetTenantStateRequest): BlastRadius {
  const { store, publisher, keyRing } = core;
  const { tenantId } = request;
  const state = TENANT_STATES.find((known) => known === request.state);
  if (state === undefined) {
    const text = `must be ${TENANT_STATES.join(', ')}`;
    throw new BrokerError('INPUT_INVALID', text, { field: 'state' });
  }
  const radius = store.transaction(() => {
    const tenant = requireTenant(store, tenantId);
    if (tenant.state === 'REVOKED') throw stateRefused('the tenant is revoked, which is final');
    const services = store.services.ofTenant(tenantId);
    const reach = {
      services: services.length,
      serviceKeyVersions: services.flatMap(({ serviceKeyId }) =>
        store.serviceKeys.list(serviceKeyId),
      ).length,
      keys: store.keys.countLiving({ kind: 'tenant', tenantId }),
      gateways: store.gateways.ofTenant(tenantId),
    };
    if (!request.dryRun && tenant.state !== state) {
      store.tenants.setState(tenantId, state);
      publisher.toTenant(tenantId, { kind: EVENTS[state] });
      publisher.rightsChanged(tenantId);
      noteAction(core, { operation: `set tenant ${state}`, tenantId });
    }
    return radiusOf(core, reach, !request.dryRun);
  });
  if (!request.dryRun && state !== 'ACTIVE') keyRing.dropTenant(tenantId);
  return radius;
}

/** Other CAs or rules for a tenant's clients. */
export function setTenantTrust(core: Administration, request: SetTenantTrustRequest): Tenant {
  const { store, publisher } = core;
  const tenantId = request.trust?.tenantId ?? '';
  const trust = checkTrust(request.trust, tenantId);
  return store.transaction(() => {
    requireTenant(store, tenantId);
    store.tenants.setTrust(tenantId, trust);
    publisher.rightsChanged(tenantId);
    noteAction(core, { operation: 'set tenant trust', tenantId });
    return tenantMessage(core, requireTenant(store, tenantId));
  });
}

const EVENTS: Readonly<Record<TenantState, KnownEventKind>> = {
  ACTIVE: EventKind.EVENT_KIND_TENANT_RESTORED,
  SUSPENDED: EventKind.EVENT_KIND_TENANT_SUSPENDED,
  REVOKED: EventKind.EVENT_KIND_TENANT_REVOKED,
};

function tenantMessage({ store }: Administration, tenant: TenantRecord): Tenant {
  return {
    tenantId: tenant.tenantId,
    name: tenant.name,
    state: tenant.state,
    createdAt: timestampOf(tenant.createdAt),
    trust: tenant.trust,
    services: store.services.ofTenant(tenant.tenantId).length,
  };
}
