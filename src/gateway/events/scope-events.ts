import { EventKind, type Event } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { millisecondsOf } from '../../uplink-wire/index.ts';
import type { Vault, VaultTransaction } from '../../vault/index.ts';
import type { Governance } from '../governance/governance.ts';
import type { TenantBlocks } from '../governance/tenant-blocks.ts';
import { forgetGrants, forgetGrantsOfTenant, grantPrefix } from '../service-keys/grant-store.ts';
import type { ServiceKeyCache } from '../service-keys/service-key-cache.ts';
import type { Restriction, ServiceKeyRecords } from '../service-keys/service-key-records.ts';

export interface ScopeEventsOptions {
  readonly vault: Vault;
  readonly cache: ServiceKeyCache;
  readonly records: ServiceKeyRecords;
  readonly blocks: TenantBlocks;
  readonly governance: Governance;
  readonly logger: Logger;
  /** Ends the KMIP connections of a tenant. */
  readonly closeTenant: (tenantId: string) => void;
  readonly requestServiceKey: (tenantId: string, serviceId: string, version: number) => void;
}

/** Events about service keys, tenants and the Gateway itself: memory and key handles at once, the vault after. */
export class ScopeEvents {
  readonly #options: ScopeEventsOptions;

  constructor(options: ScopeEventsOptions) {
    this.#options = options;
  }

  /** Makes the event count in memory and returns what it does to the vault. */
  async changes(event: Event): Promise<Pick<VaultTransaction, 'states'>> {
    switch (event.kind) {
      case EventKind.EVENT_KIND_SERVICE_KEY_SUSPENDED:
        return await this.#restrictServiceKey(event, 'suspended');
      case EventKind.EVENT_KIND_SERVICE_KEY_COMPROMISED:
        return await this.#restrictServiceKey(event, 'compromised');
      case EventKind.EVENT_KIND_SERVICE_KEY_DESTROYED:
        return await this.#restrictServiceKey(event, 'destroyed');
      case EventKind.EVENT_KIND_SERVICE_KEY_RESUMED:
        return this.#resumeServiceKey(event);
      case EventKind.EVENT_KIND_SERVICE_KEY_ROTATED:
        // The new version comes as a grant of its own; until then the old one goes on.
        this.#options.requestServiceKey(event.tenantId, event.serviceId, event.serviceKeyVersion);
        return {};
      case EventKind.EVENT_KIND_TENANT_SUSPENDED:
        return await this.#blockTenant(event, 'suspended');
      case EventKind.EVENT_KIND_TENANT_REVOKED:
        return await this.#blockTenant(event, 'revoked');
      case EventKind.EVENT_KIND_TENANT_RESTORED:
        return this.#restoreTenant(event);
      case EventKind.EVENT_KIND_GATEWAY_DECOMMISSIONED:
        return await this.#decommission();
      default:
        this.#options.logger.error('event of an unknown kind', { event: event.eventId });
        return {};
    }
  }

  async #restrictServiceKey(
    event: Event,
    restriction: Restriction,
  ): Promise<Pick<VaultTransaction, 'states'>> {
    const { cache, records, vault } = this.#options;
    const { serviceKeyId, serviceKeyVersion: version } = event;
    const noted = records.restrict(serviceKeyId, version, restriction, timeOf(event));
    cache.dropServiceKey(serviceKeyId, version, restriction);
    const prefix = grantPrefix(serviceKeyId);
    const forgotten = await forgetGrants(vault, (name) =>
      version === 0 ? name.startsWith(prefix) : name === `${prefix}${version}`,
    );
    return { states: new Map([...noted, ...forgotten]) };
  }

  #resumeServiceKey(event: Event): Pick<VaultTransaction, 'states'> {
    const { records, requestServiceKey } = this.#options;
    const { tenantId, serviceId, serviceKeyId, serviceKeyVersion: version } = event;
    const states = records.resume(serviceKeyId, version, timeOf(event));
    requestServiceKey(tenantId, serviceId, version);
    return { states };
  }

  async #blockTenant(
    event: Event,
    block: 'suspended' | 'revoked',
  ): Promise<Pick<VaultTransaction, 'states'>> {
    const { blocks, cache, vault, closeTenant } = this.#options;
    const { tenantId } = event;
    const states = blocks.block(tenantId, block, timeOf(event));
    cache.dropTenant(tenantId, `tenant ${block}`);
    closeTenant(tenantId);
    if (block === 'suspended') return { states };
    return { states: new Map([...states, ...(await forgetGrantsOfTenant(vault, tenantId))]) };
  }

  #restoreTenant(event: Event): Pick<VaultTransaction, 'states'> {
    const { blocks, governance, requestServiceKey } = this.#options;
    const { tenantId } = event;
    const states = blocks.restoreTenant(tenantId, timeOf(event));
    if (states === undefined) return {};
    for (const { serviceId } of governance.policies.filter((row) => row.tenantId === tenantId)) {
      requestServiceKey(tenantId, serviceId, 0);
    }
    return { states };
  }

  async #decommission(): Promise<Pick<VaultTransaction, 'states'>> {
    const { blocks, cache, governance, vault, closeTenant } = this.#options;
    const tenants = new Set(governance.policies.map(({ tenantId }) => tenantId));
    const states = blocks.decommission();
    cache.dropAll('the gateway was taken out of service');
    for (const tenantId of tenants) closeTenant(tenantId);
    return { states: new Map([...states, ...(await forgetGrants(vault))]) };
  }
}

function timeOf({ effectiveAt }: Event): number {
  return effectiveAt === undefined ? 0 : millisecondsOf(effectiveAt);
}
