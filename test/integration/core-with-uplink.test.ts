import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SealingKey, ServiceKey } from '../../src/crypto/provider.ts';
import {
  EventKind,
  GrantResult,
  GrantTerms,
  TunnelOutcome,
  type GrantAck,
  type ServiceKeyGrant,
} from '../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { createUplink } from '../../src/uplink/create-uplink.ts';
import type { Uplink } from '../../src/uplink/uplink.ts';
import { CORE_ADMIN } from '../support/core/admin-client.ts';
import { encodeEntry, makeEntry, unsealGrant } from '../support/core/hand-gateway.ts';
import {
  declareGateway,
  identityOf,
  makeScene,
  SERVICE,
  TENANT,
} from '../support/core/scenario.ts';
import { makeCoreHome, startTestCore, type TestCore } from '../support/core/test-core.ts';
import { encodeCommand } from '../support/core/test-executor.ts';
import { TcpProxy } from '../support/faults/tcp-proxy.ts';
import { issueLeaf, writeUplinkFiles } from '../support/uplink-pki.ts';
import { TestGateway } from '../unit/uplink/test-gateway.ts';

const scoped = { tenantId: TENANT, serviceId: SERVICE };
const monotonicMs = (): number => performance.now();

/** The Gateway's own end of the uplink against the Core, with a proxy between them. */
interface Link {
  readonly gateway: TestGateway;
  readonly uplink: Uplink;
  readonly proxy: TcpProxy;
  readonly keys: Map<number, ServiceKey>;
  readonly terms: GrantTerms[];
}

async function link(test: TestCore): Promise<Link> {
  const { home, core, provider } = test;
  const port = Number(core.facts.uplinkAddress.split(':').at(-1));
  const proxy = await TcpProxy.start(port);
  const directory = join(home.directory, randomUUID());
  mkdirSync(directory, { mode: 0o700 });
  const leaf = await issueLeaf(home.ca, { usage: 'client', uris: [identityOf('edge-1')] });
  const sealingKey: SealingKey = provider.serviceKeys.generateSealingKey();
  const gateway = new TestGateway();
  const keys = new Map<number, ServiceKey>();
  const terms: GrantTerms[] = [];
  const [instanceId, vaultId] = [randomUUID(), randomUUID()];
  gateway.overrides = {
    enrollRequest: () =>
      Promise.resolve({
        ...{ gatewayName: 'edge-1', instanceId, vaultId, vaultGeneration: 1n },
        sealingKeys: [
          {
            ...{ keyId: sealingKey.keyId, scheme: 1, spkiDer: sealingKey.publicKey },
            bootEphemeral: false,
          },
        ],
        software: {
          ...{ name: 'test', version: '0', openssl: '', fipsProvider: '' },
          kmipVersions: ['1.4'],
        },
        ...{ capabilities: [], lastCore: undefined },
      }),
    grant: (grant: ServiceKeyGrant): Promise<GrantAck> => {
      const read = GrantTerms.decode(grant.terms);
      const key = unsealGrant(provider, sealingKey, grant);
      keys.set(read.version, key);
      terms.push(read);
      gateway.note(`grant ${read.version}`);
      return Promise.resolve({
        ...{ grantId: read.grantId, result: GrantResult.GRANT_RESULT_LOADED },
        keyCheckValue: key.checkValue,
      });
    },
  };
  const files = writeUplinkFiles(directory, home.ca, leaf);
  const uplink = createUplink({
    address: proxy.address,
    tls: { ...files, coreIdentity: 'spiffe://test/core/main' },
    handlers: gateway.handlers,
    clock: { monotonicMs, wallMs: () => Date.now() },
    random: () => 0.5,
    logger: gateway.logger,
    limits: { reconnectFirstMs: 20, reconnectLongestMs: 100 },
  });
  onTestFinished(async () => {
    await uplink.stop();
    await proxy.stop();
  });
  uplink.start();
  await gateway.linked();
  return { gateway, uplink, proxy, keys, terms };
}

describe('core and uplink', () => {
  it('enrol, grant, register, delegate and push, and go on after a cut with the restrictions first', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway, uplink, proxy, keys, terms } = await link(test);
    await gateway.until(() => keys.has(1));
    const key = keys.get(1);
    if (key === undefined) throw new Error('no key');
    const facts = {
      ...scoped,
      serviceKeyId: terms[0]?.serviceKeyId ?? '',
      serviceKeyVersion: 1,
    };
    const entries = [1, 2].map(() => makeEntry(test.provider, key, facts));
    gateway.entries.push(...entries.map((entry) => encodeEntry(entry)));
    uplink.wakeOutbox();
    await uplink.flushOutbox(2, monotonicMs() + 5000);
    const uid = entries[0]?.uid ?? '';
    const chain = Buffer.from(client.certificatePem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const answer = await uplink.tunnel(
      {
        ...{ requestId: randomUUID(), ...scoped, kmipMajor: 1, kmipMinor: 4, operations: [] },
        rawRequest: encodeCommand({ do: 'transition', uid, transition: { kind: 'suspend' } }),
        ...{ correlationId: '', traceparent: '', minOutboxSequence: 2n },
        client: {
          ...{ chainDer: [chain], spiffeId: '', subject: '', issuer: '', serial: '' },
          ...{ spkiSha256: new Uint8Array(32), tlsVersion: '', cipher: '', peerAddress: '' },
          authenticatedAt: undefined,
        },
      },
      monotonicMs() + 5000,
    );
    expect(answer.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_EXECUTED);
    expect(answer.directives).toHaveLength(1);
    await gateway.until(() => gateway.events.length === 1);
    expect(gateway.events[0]).toMatchObject({ uid, kind: EventKind.EVENT_KIND_KEY_SUSPENDED });

    proxy.cut();
    await gateway.cut();
    await test.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
    await test.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid: entries[1]?.uid ?? '', action: 'compromise', dryRun: false },
      ...{ reasonCode: 0, reasonMessage: '' },
    });
    const before = gateway.happened.length;
    proxy.restore();
    await gateway.linked();
    await gateway.until(() => keys.has(2) && gateway.events.length === 3);
    const kinds = gateway.events.slice(1).map(({ kind }) => kind);
    expect(kinds).toEqual([
      EventKind.EVENT_KIND_KEY_COMPROMISED,
      EventKind.EVENT_KIND_SERVICE_KEY_ROTATED,
    ]);
    const happened = gateway.happened.slice(before);
    const restriction = happened.findIndex((what) => what.includes('event 0'));
    const grant = happened.findIndex((what) => what.startsWith('grant'));
    expect(restriction).toBeGreaterThanOrEqual(0);
    expect(restriction).toBeLessThan(grant);
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('find each other again when the core was restarted, with a higher epoch', async () => {
    const home = await makeCoreHome();
    const first = await startTestCore({ home });
    await makeScene(first);
    await declareGateway(first);
    const { gateway } = await link(first);
    const address = first.core.facts.uplinkAddress;
    await first.core.stop(0);
    await gateway.cut();
    const second = await startTestCore({ home, port: Number(address.split(':').at(-1)) });
    await gateway.linked();
    expect(second.core.facts.epoch).toBe(2);
    await expect
      .poll(async () => {
        const { gateways } = await second.admin.call(CORE_ADMIN.listGateways, {});
        return gateways[0]?.connected;
      })
      .toBe(true);
  });
});
