import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Administration } from '../../../src/core/admin/administration.ts';
import { createGateway } from '../../../src/core/admin/gateways.ts';
import { createService } from '../../../src/core/admin/services.ts';
import { createTenant } from '../../../src/core/admin/tenants.ts';
import { replayRestrictions } from '../../../src/core/events/replay.ts';
import { Publisher } from '../../../src/core/events/publisher.ts';
import { Governor } from '../../../src/core/governance/governance.ts';
import { GrantIssuer } from '../../../src/core/grants/grant-issuer.ts';
import { StagedWork } from '../../../src/core/keys/staged-work.ts';
import { KeyRing } from '../../../src/core/sealing/key-ring.ts';
import { openRootKeys } from '../../../src/core/sealing/root-key.ts';
import { staticRootSealer } from '../../../src/core/sealing/root-sealer.ts';
import { CoreStore } from '../../../src/core/store/core-store.ts';
import type { GatewayRecord } from '../../../src/core/store/gateways.ts';
import { GatewayHub } from '../../../src/core/uplink-server/gateway-hub.ts';
import type { LinkParts } from '../../../src/core/uplink-server/gateway-link.ts';
import { OutboxIntake } from '../../../src/core/uplink-server/outbox-intake.ts';
import { Settlements } from '../../../src/core/uplink-server/settlements.ts';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';
import { captureLog, type CapturedLog } from '../../integration/support/captured-log.ts';
import { createPureProvider } from '../../../src/x509/pure-provider.ts';
import { scratchDirectory } from '../scratch.ts';
import { SERVICE, TENANT } from './scenario.ts';

/** The insides of a Core without sockets, at a time that the test moves. */
export interface CoreParts {
  readonly provider: CryptoProvider;
  readonly store: CoreStore;
  readonly keyRing: KeyRing;
  readonly publisher: Publisher;
  readonly administration: Administration;
  readonly link: LinkParts;
  readonly issuer: GrantIssuer;
  readonly log: CapturedLog;
  readonly clock: TestClock;
  /** A piece of work on keys of the test's service. */
  readonly work: (gatewayId?: string) => StagedWork;
  /** A tenant with a service. */
  readonly addTenant: (tenantId?: string) => void;
  /** A gateway of the test's service that has enrolled. */
  readonly addGateway: (name?: string) => GatewayRecord;
}

export class TestClock {
  /** Milliseconds since 1970. */
  time = 1_750_000_000_000;
  readonly now = (): number => this.time;
  readonly monotonicMs = (): number => this.time - 1_750_000_000_000;
}

export async function makeCoreParts(): Promise<CoreParts> {
  const provider = await createPureProvider();
  const clock = new TestClock();
  const log = captureLog();
  const { now } = clock;
  const newId = (): string => randomUUID();
  const store = CoreStore.open({
    path: join(scratchDirectory(), 'core.db'),
    uid: process.getuid?.() ?? 0,
  });
  const rootKeys = openRootKeys({
    ...{ sealer: staticRootSealer(Buffer.alloc(32, 7)), provider, store, newId },
    ...{ region: 'test', now: now() },
  });
  store.transaction(() => {
    store.core.addEpochs(1);
  });
  const clusterId = store.core.get()?.clusterId ?? '';
  const { grantKey, root } = rootKeys;
  const keyRing = new KeyRing({ provider, store, root });
  const publisher = new Publisher({ store, now, newId, epoch: 1 });
  const hub = new GatewayHub({ monotonicMs: clock.monotonicMs, heartbeatMs: 1000, lostMs: 5000 });
  publisher.observe(hub);
  const common = { provider, store, keyRing, grantKey, clusterId, epoch: 1, now, newId };
  const issuer = new GrantIssuer(common);
  const link: LinkParts = {
    ...{ store, hub, issuer, clusterId, epoch: 1, clock },
    governor: new Governor(common),
    intake: new OutboxIntake(common),
    settlements: new Settlements(store),
    replayRestrictions: (gatewayId) => {
      replayRestrictions(store, publisher, gatewayId);
    },
    logger: log.logger,
  };
  const administration: Administration = {
    ...{ provider, store, keyRing, publisher, hub, newId, now },
    version: '0',
    identity: () => {
      throw new Error('not asked for');
    },
    uplinkAddress: () => '',
  };
  onTestFinished(() => {
    keyRing.dropAll();
    rootKeys.drop();
    store.close();
  });
  return {
    ...{ provider, store, keyRing, publisher, administration, link, issuer, log, clock },
    work: (gatewayId = '') => {
      const service = store.services.get(TENANT, SERVICE);
      if (service === undefined) throw new Error('no service');
      const actor = 'tester';
      return new StagedWork({
        ...{ store, keyRing, publisher, service, gatewayId, actor },
        ...{ correlationId: '', now: now() / 1000 },
      });
    },
    addTenant: (tenantId = TENANT) => {
      createTenant(administration, { tenantId, name: '', trust: undefined });
      createService(administration, { tenantId, serviceId: SERVICE, policy: undefined });
    },
    addGateway: (name = 'edge-1') => {
      const { gatewayId } = createGateway(administration, {
        ...{ name, identity: `spiffe://test/gateway/${name}` },
        scopes: [{ tenantId: TENANT, serviceId: SERVICE, serviceKeyId: '', sealing: 0 }],
      });
      const sealing = provider.serviceKeys.generateSealingKey();
      store.transaction(() => {
        store.gateways.enrol(gatewayId, {
          ...{ generation: 1, instanceId: newId(), vaultId: `vault-${name}` },
          sealingKeys: [
            {
              ...{ keyId: sealing.keyId, scheme: 1, spkiDer: sealing.publicKey },
              bootEphemeral: false,
            },
          ],
        });
        store.vaults.put({
          ...{ vaultId: `vault-${name}`, gatewayId, generation: 1, instanceId: newId() },
        });
      });
      const gateway = store.gateways.get(gatewayId);
      if (gateway === undefined) throw new Error('no gateway');
      return gateway;
    },
  };
}
