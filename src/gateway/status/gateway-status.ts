import type { ProviderReport } from '../../crypto/provider.ts';
import type { GatewayStatus } from '../../generated/cryptobroker/gateway/v1/status.ts';
import type { Uplink } from '../../uplink/uplink.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import type { Vault, VaultFacts } from '../../vault/index.ts';
import type { GatewayClock } from '../clock.ts';
import type { LanePositions } from '../events/lane-positions.ts';
import type { CoreKnowledge } from '../governance/core-knowledge.ts';
import type { Governance } from '../governance/governance.ts';
import type { TenantBlocks } from '../governance/tenant-blocks.ts';
import type { AuditTrail } from '../keys/audit-trail.ts';
import type { ServiceKeyCache, ServiceKeyStatus } from '../service-keys/service-key-cache.ts';

export interface StatusSources {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Host and port of the KMIP listener; empty while it does not listen. */
  readonly kmipAddress: () => string;
  readonly report: () => ProviderReport;
  readonly vault: Vault;
  readonly uplink: Pick<Uplink, 'status'>;
  readonly core: CoreKnowledge;
  readonly governance: Governance;
  readonly blocks: TenantBlocks;
  readonly cache: ServiceKeyCache;
  readonly lanes: LanePositions;
  readonly audit: AuditTrail;
  readonly clock: GatewayClock;
}

/** Whether KMIP clients are served. A link that is cut does not change that for as long as a service key may be used. */
export function isReady(
  sources: Pick<StatusSources, 'kmipAddress' | 'blocks' | 'uplink' | 'cache'>,
): boolean {
  if (sources.kmipAddress() === '' || sources.blocks.decommissioned) return false;
  return sources.uplink.status.state !== 'cut' || sources.cache.status().length > 0;
}

/** Services that are served here, and for which no key can be made at present: `tenant/service`. */
export function governedWithoutKey({
  governance,
  blocks,
  cache,
}: Pick<StatusSources, 'governance' | 'blocks' | 'cache'>): readonly string[] {
  return governance.policies
    .filter(
      ({ tenantId, serviceId }) =>
        !blocks.isBlocked(tenantId) && !cache.holdsWrapping(tenantId, serviceId),
    )
    .map(({ tenantId, serviceId }) => `${tenantId}/${serviceId}`);
}

/** All that the Gateway says of itself. Rejects with the vault's errors. */
export async function gatewayStatus(sources: StatusSources): Promise<GatewayStatus> {
  const { core, governance, cache, uplink, lanes, clock } = sources;
  const facts = await sources.vault.facts();
  const link = uplink.status;
  const keys = cache.status();
  const { identity } = core;
  const offlineLeft = keys.map(({ leftOfflineMs }) => leftOfflineMs);
  return {
    name: sources.name,
    version: sources.version,
    startedAt: timestampOf(sources.startedAt),
    ready: isReady(sources),
    notices: notices(sources, facts, keys),
    kmipAddress: sources.kmipAddress(),
    gatewayId: identity?.gatewayId ?? '',
    clusterId: identity?.clusterId ?? '',
    epoch: core.highestEpoch,
    governanceVersion: governance.version,
    link: {
      state: link.state,
      lastAnswerAgoMs: whole(link.lastAnswerAt && clock.monotonicMs() - link.lastAnswerAt),
      clockSkewMs:
        link.clockSkewMs === undefined ? undefined : BigInt(Math.trunc(link.clockSkewMs)),
      generation: link.generation,
      reconnects: BigInt(link.reconnects),
      lastError: link.lastError ?? '',
      applied: [...lanes.applied],
    },
    serviceKeys: keys.map(({ leftMs, leftOfflineMs, ...key }) => ({
      ...key,
      leftMs: BigInt(Math.floor(leftMs)),
      leftOfflineMs: BigInt(Math.floor(leftOfflineMs)),
    })),
    offlineLeftMs: offlineLeft.length === 0 ? undefined : whole(Math.min(...offlineLeft)),
    outbox: {
      depth: BigInt(facts.outboxDepth),
      oldestMs: whole(facts.outboxOldest && clock.now() - facts.outboxOldest) ?? 0n,
      head: BigInt(facts.outboxHead),
      acknowledged: BigInt(facts.outboxAcknowledged),
    },
    vault: {
      vaultId: facts.vaultId,
      generation: BigInt(facts.generation),
      keys: BigInt(facts.keys),
      quarantined: BigInt(facts.quarantined),
      auditHead: BigInt(facts.auditHead),
      auditWaiting: BigInt(sources.audit.depth),
      fileBytes: BigInt(facts.fileBytes),
      freeBytes: whole(facts.freeBytes),
      shredPending: facts.shredPending,
    },
    crypto: cryptoFacts(sources.report()),
  };
}

function cryptoFacts(report: ProviderReport): GatewayStatus['crypto'] {
  const { provider, fips, libraryVersion, module, memory } = report;
  return {
    provider,
    fips,
    library: libraryVersion,
    module: module === undefined ? '' : `${module.name} ${module.version}`,
    entropy: 'CTR_DRBG with AES-256 (SP 800-90A), seeded by the operating system',
    memoryLocked: memory.locked,
  };
}

/** What an operator should know without reading the numbers. */
function notices(
  sources: StatusSources,
  facts: VaultFacts,
  keys: readonly ServiceKeyStatus[],
): string[] {
  const { uplink, blocks } = sources;
  const found: string[] = [];
  if (blocks.decommissioned) found.push('taken out of service by the core');
  if (uplink.status.state === 'cut') {
    const left = Math.min(...keys.map(({ leftOfflineMs }) => leftOfflineMs));
    found.push(
      Number.isFinite(left)
        ? `core unreachable: keys are served for ${Math.floor(left / 1000)} s more`
        : 'core unreachable, and no service key is held: no keys are served',
    );
  }
  for (const service of governedWithoutKey(sources)) {
    found.push(`no service key to make keys for ${service}`);
  }
  if (facts.quarantined > 0) found.push(`${facts.quarantined} keys are quarantined`);
  return found;
}

function whole(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(Math.max(0, Math.floor(value)));
}
