import { BrokerError } from '../errors/index.ts';
import type { GatewayStatus } from '../generated/cryptobroker/gateway/v1/status.ts';
import type { Uplink } from '../uplink/uplink.ts';
import { DirectiveApplier } from './directives/directive-applier.ts';
import { AbsentKeys } from './events/absent-keys.ts';
import { EventApplier } from './events/event-applier.ts';
import { LanePositions } from './events/lane-positions.ts';
import { ScopeEvents } from './events/scope-events.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { CoreKnowledge } from './governance/core-knowledge.ts';
import { Governance } from './governance/governance.ts';
import { TenantBlocks } from './governance/tenant-blocks.ts';
import { AuditRetention } from './keys/audit-retention.ts';
import { AuditTrail } from './keys/audit-trail.ts';
import { CreateAdmission } from './keys/create-admission.ts';
import { KeyEngine } from './keys/key-engine.ts';
import { KeyTurns } from './keys/key-turns.ts';
import { PendingRestrictions } from './keys/pending-restrictions.ts';
import { Quarantine } from './keys/quarantine.ts';
import { RowBinder } from './keys/row-binder.ts';
import { StoredKeys } from './keys/stored-keys.ts';
import type { KmipListener } from './kmip-listener.ts';
import { LinkTracker } from './link-tracker.ts';
import { registerGateway } from './observe/gateway-samples.ts';
import { GrantIntake } from './service-keys/grant-intake.ts';
import { readHighWater } from './service-keys/grant-store.ts';
import { SealingKeys } from './service-keys/sealing-keys.ts';
import { ServiceKeyCache } from './service-keys/service-key-cache.ts';
import { ServiceKeyRecords } from './service-keys/service-key-records.ts';
import { WallClock } from './service-keys/wall-clock.ts';
import { gatewayStatus, isReady, type StatusSources } from './status/gateway-status.ts';
import { StatusServer } from './status/status-server.ts';
import { uplinkHandlers } from './uplink-handlers.ts';

/** What a Gateway is made of, as far as its start and its end have to do with it. */
export interface GatewayParts {
  readonly uplink: Uplink;
  readonly listener: KmipListener;
  readonly statusServer: StatusServer | undefined;
  readonly cache: ServiceKeyCache;
  readonly grants: GrantIntake;
  readonly audit: AuditTrail;
  readonly retention: AuditRetention;
  /** Where KMIP is served; empty while it is not. */
  readonly address: { current: string };
  /** Brings back what the vault remembers, in the order in which one thing needs the other. */
  restore(): Promise<void>;
  status(): Promise<GatewayStatus>;
  /** Whether KMIP clients are served. */
  ready(): boolean;
  /** Wipes every key. */
  wipe(): void;
}

/** Wires the parts of a Gateway to each other. Opens nothing yet but the key that is made for this start. */
export function composeGateway(options: GatewayOptions): GatewayParts {
  const { provider, vault, settings, clock, random, logger } = options;
  const address = { current: '' };
  const sealing: { keys: SealingKeys | undefined } = { keys: undefined };
  const sealingKeys = (): SealingKeys => {
    if (sealing.keys === undefined) throw new BrokerError('INTERNAL', 'no sealing key yet');
    return sealing.keys;
  };
  /** The two ends that are made last and wanted earlier. */
  const ends: { uplink?: Uplink; listener?: KmipListener } = {};
  const requestServiceKey = (tenantId: string, serviceId: string, version: number): void => {
    ends.uplink?.requestServiceKey(tenantId, serviceId, version);
  };

  const link = new LinkTracker(clock);
  const wall = new WallClock(clock);
  const core = new CoreKnowledge();
  const blocks = new TenantBlocks();
  const records = new ServiceKeyRecords();
  const lanes = new LanePositions();
  const absentKeys = new AbsentKeys();
  const restrictions = new PendingRestrictions();
  const turns = new KeyTurns();
  const governance = new Governance({
    ...{ signingKeys: provider.signingKeys, vault, core, logger },
    onPolicies: () => {
      cache.dropUngoverned();
      grants.forgetUnkept().catch((error: unknown) => {
        logger.error('kept grants not forgotten', { reason: textOf(error) });
      });
    },
    onTrust: (trust) => {
      ends.listener?.setTrust(trust);
    },
  });
  const policyOf = governance.policy.bind(governance);
  const cache: ServiceKeyCache = new ServiceKeyCache({
    ...{ records, clock, wall, policyOf, logger },
    link: () => link.view,
    onMissing: requestServiceKey,
  });
  const engine = new KeyEngine(provider);
  const quarantine = new Quarantine({ vault, logger, now: clock.now });
  const binder = new RowBinder({ vault, engine, serviceKeys: cache, quarantine, logger });
  const admission = new CreateAdmission(() => link.state);
  const audit = new AuditTrail({ vault, logger });
  const retention = new AuditRetention({ vault, logger, now: clock.now, days: settings.auditDays });
  const grants: GrantIntake = new GrantIntake({
    ...{ provider, vault, cache, records, sealingKeys, core, clock, wall, policyOf, logger },
    blocks,
    onLoaded: ({ serviceKeyId, version }) => {
      // Beside everything else; what goes wrong is logged there.
      binder.bindAll(serviceKeyId, version).catch(() => undefined);
    },
  });
  const keys = new StoredKeys({
    ...{ vault, engine, policyOf, blocks, restrictions, quarantine, binder, admission, audit },
    ...{ clock, random, digests: provider.digests, serviceKeys: cache },
    uidForm: settings.uidForm,
    onOutbox: () => {
      ends.uplink?.wakeOutbox();
    },
  });
  const directives = new DirectiveApplier({
    ...{ vault, engine, serviceKeys: cache, restrictions, absentKeys, turns },
    ...{ clock, random, logger },
  });
  const scopes = new ScopeEvents({
    ...{ vault, cache, records, blocks, governance, logger, requestServiceKey },
    closeTenant: (tenantId) => {
      ends.listener?.closeTenant(tenantId);
    },
  });
  const events = new EventApplier({
    ...{ vault, engine, serviceKeys: cache, restrictions, scopes, lanes, absentKeys },
    ...{ turns, clock, random, logger },
  });

  const uplink = options.uplink(
    uplinkHandlers({
      ...{ vault, core, governance, blocks, sealingKeys, grants, cache, wall, events, lanes },
      ...{ admission, quarantine, link, clock },
      ...{ name: settings.name, version: settings.version, instanceId: options.newId() },
      report: () => provider.report(),
      rssBytes: options.rssBytes,
    }),
  );
  ends.uplink = uplink;
  const listener = options.listener({
    ...{ keys, uplink },
    applyDirectives: (list, client) => directives.apply(list, client),
    pendingSequence: (uid) => vault.pendingSequence(uid),
    outboxHead: async () => {
      const facts = await vault.facts();
      return facts.outboxDepth === 0 ? 0 : facts.outboxHead;
    },
  });
  ends.listener = listener;
  link.onChange((state) => {
    // A service that may not be without the Core ends now.
    cache.sweep();
    if (state !== 'linked') return;
    const states = admission.linked();
    if (states.size === 0) return;
    vault.commit({ states }).catch((error: unknown) => {
      logger.error('offline counts not reset', { reason: textOf(error) });
    });
  });

  const sources: StatusSources = {
    ...{ name: settings.name, version: settings.version, startedAt: clock.now() },
    ...{ vault, uplink, core, governance, blocks, cache, lanes, audit, clock },
    kmipAddress: () => address.current,
    report: () => provider.report(),
  };
  registerGateway(options.metrics, sources);
  const status = (): Promise<GatewayStatus> => gatewayStatus(sources);
  const ready = (): boolean => isReady(sources);
  const { statusSocket } = settings;
  return {
    ...{ uplink, listener, cache, grants, audit, retention, address, status, ready },
    statusServer:
      statusSocket &&
      new StatusServer({
        ...{ socket: statusSocket, status, vault, clock, logger, newIncident: options.newId },
        isReady: ready,
      }),
    restore: async () => {
      sealing.keys = SealingKeys.open(provider.serviceKeys, settings.sealingKey);
      wall.restore(await readHighWater(vault));
      await core.restore(vault);
      await blocks.restore(vault);
      await lanes.restore(vault);
      await admission.restore(vault);
      const { unreadable } = await records.restore(vault);
      if (unreadable > 0) logger.error('records of service keys cannot be read', { unreadable });
      await governance.restore();
      await grants.restore();
    },
    wipe: () => {
      cache.dropAll('the gateway stops');
      sealing.keys?.drop();
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
