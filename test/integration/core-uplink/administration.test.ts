import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import {
  EventKind,
  Governance,
  TunnelOutcome,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { HEALTH_SERVICE } from '../../../src/grpc/health-methods.ts';
import { AdminFailure, CORE_ADMIN } from '../../support/core/admin-client.ts';
import { encodeEntry, makeEntry } from '../../support/core/hand-gateway.ts';
import {
  declareGateway,
  linkGateway,
  makeScene,
  takeGrant,
  TENANT,
  startDeclaredCore,
} from '../../support/core/scenario.ts';
import { startTestCore } from '../../support/core/test-core.ts';
import {
  scoped,
  versionOf,
  tunnelRequest,
  tenant,
  isEvent,
  raise,
} from '../../support/core/uplink-messages.ts';
import { readMetrics } from '../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../support/telemetry/test-metrics.ts';

describe('administration', () => {
  it('counts in a dry run what a revocation then hits, and changes nothing by it', async () => {
    const test = await startDeclaredCore();
    await declareGateway(test, 'edge-2');
    await declareGateway(test, 'never-there');
    const { stream, key, terms } = await linkGateway(test);
    const away = await linkGateway(test, 'edge-2');
    away.stream.heartbeat(1n);
    await away.stream.next('heartbeatAck');
    away.stream.cancel();
    const entries = [1, 2, 3].map(() =>
      encodeEntry(makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) })),
    );
    await stream.outbox(1n, entries);
    await test.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
    const request = { tenantId: TENANT, state: 'REVOKED' };
    await expect
      .poll(
        async () => {
          const counted = await test.admin.call(CORE_ADMIN.setTenantState, {
            ...request,
            dryRun: true,
          });
          return counted.gatewaysUnreachable;
        },
        { timeout: 5000 },
      )
      .toBe(1n);
    const dry = await test.admin.call(CORE_ADMIN.setTenantState, { ...request, dryRun: true });
    expect(dry).toMatchObject({
      ...{ applied: false, services: 1n, serviceKeyVersions: 2n, keys: 3n },
      ...{ gatewaysConnected: 1n, gatewaysUnreachable: 1n },
    });
    expect(Number(dry.worstCase?.seconds)).toBeGreaterThan(Date.now() / 1000 + 86_000);
    expect((await test.admin.call(CORE_ADMIN.listTenants, {})).tenants[0]?.state).toBe('ACTIVE');
    const real = await test.admin.call(CORE_ADMIN.setTenantState, { ...request, dryRun: false });
    expect({ ...real, applied: false }).toEqual(dry);
    expect((await stream.take(isEvent(EventKind.EVENT_KIND_TENANT_REVOKED), 'it')).$case).toBe(
      'event',
    );
    const listed = await test.admin.call(CORE_ADMIN.listGateways, {});
    expect(listed.gateways.find(({ name }) => name === 'edge-2')).toMatchObject({
      ...{ connected: false, unacknowledged: 1n },
    });
    const back = test.admin.call(CORE_ADMIN.setTenantState, {
      ...{ tenantId: TENANT, state: 'ACTIVE', dryRun: false },
    });
    await expect(back).rejects.toMatchObject({ code: 'CORE_STATE_REFUSED' });
  });

  it('pushes a revocation to a linked gateway within a second', async () => {
    const test = await startDeclaredCore();
    const { stream, key, terms } = await linkGateway(test);
    const entry = makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) });
    await stream.outbox(1n, [encodeEntry(entry)]);
    const from = performance.now();
    const [, event] = await Promise.all([
      test.admin.call(CORE_ADMIN.setKeyState, {
        ...{ tenantId: TENANT, uid: entry.uid, action: 'compromise', dryRun: false },
        ...{ reasonCode: 0, reasonMessage: '' },
      }),
      stream.next('event'),
    ]);
    expect(event.kind).toBe(EventKind.EVENT_KIND_KEY_COMPROMISED);
    expect(performance.now() - from).toBeLessThan(1000);
  });

  it('refuses names, policies, trust and changes of state that are wrong, with a code for each', async () => {
    const test = await startTestCore();
    await makeScene(test);
    const { admin } = test;
    const trust = { tenantId: 't2', caBundle: Buffer.from('junk'), rules: [] };
    const scope = { ...scoped, serviceKeyId: '', sealing: 0 } as const;
    const refused: readonly [string, Promise<unknown>][] = [
      ['CORE_NAME_TAKEN', admin.call(CORE_ADMIN.createTenant, tenant(TENANT))],
      ['FIELD_REQUIRED', admin.call(CORE_ADMIN.createTenant, tenant(''))],
      ['INPUT_INVALID', admin.call(CORE_ADMIN.createTenant, tenant('a:b'))],
      ['INPUT_INVALID', admin.call(CORE_ADMIN.createTenant, { ...tenant('t2'), trust })],
      [
        'CORE_UNKNOWN_NAME',
        admin.call(CORE_ADMIN.createService, {
          ...{ tenantId: 'none', serviceId: 's', policy: undefined },
        }),
      ],
      ['CORE_NAME_TAKEN', admin.call(CORE_ADMIN.createService, { ...scoped, policy: undefined })],
      ['FIELD_REQUIRED', admin.call(CORE_ADMIN.setServicePolicy, { policy: undefined })],
      [
        'INPUT_INVALID',
        admin.call(CORE_ADMIN.createGateway, {
          ...{ name: 'g', identity: 'spiffe://test/gateway/other', scopes: [scope] },
        }),
      ],
      [
        'FIELD_REQUIRED',
        admin.call(CORE_ADMIN.createGateway, {
          ...{ name: 'g', identity: 'spiffe://test/gateway/g', scopes: [] },
        }),
      ],
      [
        'INPUT_INVALID',
        admin.call(CORE_ADMIN.createGateway, {
          ...{ name: 'g', identity: 'spiffe://test/gateway/g', scopes: [scope, scope] },
        }),
      ],
      [
        'CORE_UNKNOWN_NAME',
        admin.call(CORE_ADMIN.decommissionGateway, { gatewayId: 'x', dryRun: false }),
      ],
      [
        'INPUT_INVALID',
        admin.call(CORE_ADMIN.setTenantState, { tenantId: TENANT, state: 'GONE', dryRun: false }),
      ],
      [
        'CORE_STATE_REFUSED',
        admin.call(CORE_ADMIN.setServiceKeyState, {
          ...{ ...scoped, version: 1, state: 2, dryRun: false },
        }),
      ],
      [
        'CORE_UNKNOWN_NAME',
        admin.call(CORE_ADMIN.setServiceKeyState, {
          ...{ ...scoped, version: 7, state: 3, dryRun: true },
        }),
      ],
      ['CORE_KEY_UNKNOWN', admin.call(CORE_ADMIN.getKey, { tenantId: TENANT, uid: 'x' })],
      ['INPUT_INVALID', admin.call(CORE_ADMIN.backup, { path: 'relative' })],
    ];
    for (const [code, action] of refused) {
      const failure: unknown = await action.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(AdminFailure);
      expect(failure, code).toMatchObject({ code });
    }
  });

  it('gives a tenant other trust, which decides from the next message on', async () => {
    const test = await startTestCore();
    const { client } = await makeScene(test);
    await declareGateway(test);
    const { gateway, stream } = await linkGateway(test);
    await stream.next('governance');
    const get = tunnelRequest({ do: 'get', uid: 'x' }, client.certificatePem);
    expect((await gateway.tunnel(get)).outcome).toBe(1);
    const trust = {
      tenantId: TENANT,
      caBundle: Buffer.from(test.home.ca.certificatePem),
      rules: [],
    };
    const changed = await test.admin.call(CORE_ADMIN.setTenantTrust, { trust });
    expect(changed.trust?.rules).toEqual([]);
    const { governance } = await stream.next('governance');
    expect(Governance.decode(governance).clientTrust[0]?.rules).toEqual([]);
    const denied = await gateway.tunnel({ ...get, requestId: randomUUID() });
    expect(denied.outcome).toBe(TunnelOutcome.TUNNEL_OUTCOME_DENIED);
    expect(test.log.text()).toContain('may not speak for the service');
  });

  it('lists keys page by page in the order they came', async () => {
    const test = await startDeclaredCore();
    const { stream, key, terms } = await linkGateway(test);
    const entries = Array.from({ length: 5 }, () =>
      makeEntry(test.provider, key, { ...scoped, ...versionOf(terms) }),
    );
    await stream.outbox(
      1n,
      entries.map((entry) => encodeEntry(entry)),
    );
    const list = async (after: string) =>
      await test.admin.call(CORE_ADMIN.listKeys, { ...scoped, limit: 2, after, state: 0 });
    const uids: string[] = [];
    let pages = 0;
    for (let after = ''; pages === 0 || after !== ''; pages += 1) {
      const page = await list(after);
      uids.push(...page.keys.map(({ uid }) => uid));
      after = page.next;
    }
    expect(pages).toBe(3);
    expect(uids).toEqual(entries.map(({ uid }) => uid));
    const status = await test.admin.call(CORE_ADMIN.getStatus, {});
    expect(status).toMatchObject({ tenants: 1n, services: 1n, keys: 5n });
    expect(status.gateways).toMatchObject([{ name: 'edge-1', connected: true }]);
  });

  it('changes leases at once when a policy changes', async () => {
    const test = await startTestCore();
    const { service } = await makeScene(test);
    await declareGateway(test);
    const { gateway, stream } = await linkGateway(test);
    await stream.next('governance');
    const policy = service.policy ?? raise();
    await test.admin.call(CORE_ADMIN.setServicePolicy, {
      policy: { ...policy, leaseTtlSeconds: 60 },
    });
    const { governance } = await stream.next('governance');
    expect(Governance.decode(governance).policies[0]?.leaseTtlSeconds).toBe(60);
    expect((await takeGrant(gateway, stream)).terms.leaseTtlSeconds).toBe(60);
  });

  it('is timed call by call, and counted only where a call lasts as long as its client likes', async () => {
    const metrics = testMetrics();
    const test = await startTestCore({ metrics });
    await test.admin.call(CORE_ADMIN.getStatus, {});
    await watchHealth(test.home.socket);
    const time = (method: string) =>
      `krypton_core_request_duration_seconds{rpc_method="${method}"}`;
    await vi.waitFor(async () => {
      const read = await readMetrics(metrics);
      expect(read).toMatchObject({
        'krypton_core_requests_total{rpc_method="GetStatus",status="OK"}': 1,
        'krypton_core_requests_total{rpc_method="Watch",status="CANCELLED"}': 1,
        [time('GetStatus')]: 1,
      });
      expect(read).not.toHaveProperty([time('Watch')]);
    }, 5000);
  });
});

/** Watches the health of a program until its first answer. */
async function watchHealth(socket: string): Promise<void> {
  const client = new Client(`unix:${socket}`, credentials.createInsecure());
  const watch = client.makeServerStreamRequest(
    `/${HEALTH_SERVICE}/Watch`,
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    Buffer.alloc(0),
  );
  watch.on('error', () => undefined);
  await once(watch, 'data');
  watch.cancel();
  client.close();
}
