import {
  Capability,
  OutboxResult,
  type EnrollRequest,
  type EnrollResponse,
  type HeartbeatAck,
  type OutboxItem,
  type OutboxOutcome,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { BrokerError } from '../errors/index.ts';
import { KMIP_VERSIONS, versionText } from '../kmip/version.ts';
import type { ProviderReport } from '../crypto/provider.ts';
import type { UplinkHandlers } from '../uplink/uplink.ts';
import { outboxEntryCodec, UPLINK_LIMITS } from '../uplink-wire/index.ts';
import type { Vault } from '../vault/index.ts';
import type { GatewayClock } from './clock.ts';
import type { EventApplier } from './events/event-applier.ts';
import type { LanePositions } from './events/lane-positions.ts';
import type { CoreKnowledge } from './governance/core-knowledge.ts';
import type { Governance } from './governance/governance.ts';
import type { TenantBlocks } from './governance/tenant-blocks.ts';
import type { CreateAdmission } from './keys/create-admission.ts';
import type { Quarantine } from './keys/quarantine.ts';
import type { LinkTracker } from './link-tracker.ts';
import type { GrantIntake } from './service-keys/grant-intake.ts';
import type { SealingKeys } from './service-keys/sealing-keys.ts';
import type { ServiceKeyCache } from './service-keys/service-key-cache.ts';
import type { WallClock } from './service-keys/wall-clock.ts';

export interface UplinkHandlersOptions {
  readonly name: string;
  /** UUID of this process start. */
  readonly instanceId: string;
  readonly version: string;
  readonly report: () => ProviderReport;
  readonly vault: Vault;
  readonly core: CoreKnowledge;
  readonly governance: Governance;
  readonly blocks: TenantBlocks;
  readonly sealingKeys: () => SealingKeys;
  readonly grants: GrantIntake;
  readonly cache: ServiceKeyCache;
  readonly wall: WallClock;
  readonly events: EventApplier;
  readonly lanes: LanePositions;
  readonly admission: CreateAdmission;
  readonly quarantine: Quarantine;
  readonly link: LinkTracker;
  readonly clock: GatewayClock;
  readonly rssBytes: () => number;
}

const RESUME_TOKEN = 'resume-token';

/** What the Gateway does with what comes over the Uplink. */
export function uplinkHandlers(options: UplinkHandlersOptions): UplinkHandlers {
  const { vault, lanes, cache, link, governance, grants, events } = options;
  return {
    enrollRequest: () => enrollRequest(options),
    enrolled: (response) => enrolled(response, options),
    hello: async () => {
      const facts = await vault.facts();
      return {
        resumeToken: await resumeToken(vault),
        loaded: cache.loaded(),
        outboxHead: facts.outboxHead,
        outboxAcknowledged: facts.outboxAcknowledged,
        keys: facts.keys,
        applied: lanes.applied,
      };
    },
    governance: (signed) => governance.apply(signed),
    grant: (grant) => grants.take(grant),
    event: (event) => events.apply(event),
    heartbeat: async () => {
      const facts = await vault.facts();
      const oldest = facts.outboxOldest;
      return {
        applied: lanes.applied,
        outboxDepth: facts.outboxDepth,
        outboxOldestMs: oldest === undefined ? 0 : Math.max(0, options.clock.now() - oldest),
        auditHead: facts.auditHead,
        loaded: cache.loaded(),
        fips: options.report().fips,
        rssBytes: options.rssBytes(),
      };
    },
    heartbeatAck: (ack) => {
      heartbeatAck(ack, options);
    },
    outbox: async (limit) => {
      const rows = await vault.outbox(limit);
      return rows.map(({ sequence, body }): OutboxItem => ({
        sequence: BigInt(sequence),
        entry: body,
      }));
    },
    outboxSettled: (outcomes, acknowledged) => outboxSettled(outcomes, acknowledged, options),
    resumeToken: (token) => vault.commit({ states: new Map([[RESUME_TOKEN, token.slice()]]) }),
    linkChanged: (state) => {
      link.changed(state);
    },
  };
}

async function enrollRequest(options: UplinkHandlersOptions): Promise<EnrollRequest> {
  const { vault, core, sealingKeys, report } = options;
  const { vaultId, generation } = await vault.facts();
  const { libraryVersion, module } = report();
  const known = core.identity;
  return {
    gatewayName: options.name,
    instanceId: options.instanceId,
    vaultId,
    vaultGeneration: BigInt(generation),
    sealingKeys: sealingKeys().offers(),
    software: {
      name: 'crypto-broker',
      version: options.version,
      openssl: libraryVersion,
      fipsProvider: module === undefined ? '' : `${module.name} ${module.version}`,
      kmipVersions: KMIP_VERSIONS.map(versionText),
    },
    capabilities: [Capability.CAPABILITY_LOCAL_SEAL, Capability.CAPABILITY_GRANT_CACHE],
    lastCore:
      known === undefined
        ? undefined
        : {
            clusterId: known.clusterId,
            epoch: core.highestEpoch,
            resumeToken: await resumeToken(vault),
          },
  };
}

async function enrolled(response: EnrollResponse, options: UplinkHandlersOptions): Promise<void> {
  const { core, governance, blocks, vault } = options;
  if (response.core === undefined || response.governance === undefined) {
    throw new BrokerError('CORE_IDENTITY_REFUSED', 'the enrolment has no identity or governance');
  }
  await core.enrolled(response.gatewayId, response.core, vault);
  if (blocks.decommissioned) await vault.commit({ states: blocks.recommission() });
  await governance.apply(response.governance);
}

function heartbeatAck(ack: HeartbeatAck, { cache, wall }: UplinkHandlersOptions): void {
  wall.confirm();
  cache.renew(ack.renewed);
}

/** What the Core refused goes out of service before the entry is forgotten: a crash in between only repeats it. */
async function outboxSettled(
  outcomes: readonly OutboxOutcome[],
  acknowledged: number,
  { vault, quarantine, admission }: UplinkHandlersOptions,
): Promise<void> {
  const refused = new Map(
    outcomes
      .filter(({ result }) => !TAKEN.has(result))
      .map((outcome) => [Number(outcome.sequence), outcome]),
  );
  if (refused.size > 0) {
    for (const row of await vault.outbox(UPLINK_LIMITS.outboxEntries)) {
      const outcome = refused.get(row.sequence);
      if (outcome === undefined) continue;
      const { tenantId: tenant, serviceId: service, uid } = outboxEntryCodec.decode(row.body);
      const reason = `the core refused it: ${outcome.reason}`.slice(0, UPLINK_LIMITS.text);
      await quarantine.add({ tenant, service, uid }, reason, 'core');
    }
  }
  await vault.acknowledgeOutbox(acknowledged);
  admission.settled(acknowledged);
}

const TAKEN: ReadonlySet<OutboxResult> = new Set([
  OutboxResult.OUTBOX_RESULT_ACCEPTED,
  OutboxResult.OUTBOX_RESULT_DUPLICATE,
]);

async function resumeToken(vault: Vault): Promise<Uint8Array> {
  return (await vault.readState(RESUME_TOKEN)) ?? new Uint8Array();
}
