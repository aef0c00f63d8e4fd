import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LocalKey } from '../../src/gateway/keys/local-keys.ts';
import { ServiceKeyState } from '../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../src/kmip/attributes/attribute-set.ts';
import { timestampOf } from '../../src/uplink-wire/index.ts';
import { CORE_ADMIN } from '../support/core/admin-client.ts';
import { declareGateway, makeScene, SERVICE, TENANT } from '../support/core/scenario.ts';
import { startTestCore, type TestCore } from '../support/core/test-core.ts';
import { encodeCommand, type TestCommand } from '../support/core/test-executor.ts';
import { TcpProxy } from '../support/faults/tcp-proxy.ts';
import { CALL, clientOf } from '../support/gateway/key-side.ts';
import {
  makeGatewayHome,
  startRealGateway,
  type GatewayHome,
  type RealGateway,
} from '../support/gateway/real-gateway.ts';
import { openNative } from '../support/providers.ts';
import type { UplinkCredentials } from '../support/uplink-pki.ts';
import { X509Certificate } from 'node:crypto';

const CLIENT = { ...clientOf(TENANT, SERVICE), spiffeId: `spiffe://test/${TENANT}/workload` };
const scope = { tenantId: TENANT, serviceId: SERVICE };

/** A Gateway on the native core, linked through a proxy to a Core on the pure one. */
interface World {
  readonly core: TestCore;
  readonly proxy: TcpProxy;
  readonly home: GatewayHome;
  readonly workload: UplinkCredentials;
  side: RealGateway;
}

async function makeWorld(): Promise<World> {
  const core = await startTestCore();
  const { client: workload } = await makeScene(core);
  await declareGateway(core);
  const port = Number(core.core.facts.uplinkAddress.split(':').at(-1));
  const proxy = await TcpProxy.start(port);
  onTestFinished(() => proxy.stop());
  const home = await makeGatewayHome(core.home);
  const side = await startRealGateway(await openNative(), home, proxy.address);
  const world = { core, proxy, home, workload, side };
  await linked(world);
  return world;
}

async function restart(world: World): Promise<void> {
  await world.side.gateway.stop(0);
  world.side = await startRealGateway(await openNative(), world.home, world.proxy.address);
}

/** Retries for at most ten seconds: what happens on the other side of a network announces itself to nobody. */
async function eventually(assertion: () => Promise<void> | void): Promise<void> {
  await vi.waitFor(assertion, { timeout: 10_000, interval: 20 });
}

async function linked(world: World): Promise<void> {
  await eventually(async () => {
    const status = await world.side.gateway.status();
    expect(status.link?.state).toBe('linked');
    expect(status.serviceKeys.some(({ wraps }) => wraps)).toBe(true);
  });
}

async function drained(world: World): Promise<void> {
  await eventually(async () => {
    expect((await world.side.gateway.status()).outbox?.depth).toBe(0n);
  });
}

function create({ side }: World): Promise<LocalKey> {
  return side.keys.create({ length: 256, attributes: AttributeSet.empty }, CLIENT, CALL);
}

async function find({ side }: World, uid: string): Promise<LocalKey> {
  const key = await side.keys.find(uid, CLIENT);
  if (key === undefined) throw new Error('not found');
  return key;
}

async function read(world: World, uid: string): Promise<Buffer> {
  const source = await world.side.keys.material(await find(world, uid));
  const target = Buffer.alloc(source.length);
  source.writeTo(target, 0);
  return target;
}

/** Delegates a command of the test executor, and applies what the Core says. */
async function delegate(world: World, command: TestCommand): Promise<unknown> {
  const { side, workload } = world;
  const leaf = new X509Certificate(workload.certificatePem);
  const answer = await side.uplink.tunnel(
    {
      ...{ requestId: randomUUID(), ...scope, kmipMajor: 1, kmipMinor: 4, operations: [] },
      ...{ correlationId: '', traceparent: '', minOutboxSequence: 0n },
      client: {
        ...{ chainDer: [leaf.raw], spiffeId: CLIENT.spiffeId, subject: leaf.subject },
        ...{ issuer: leaf.issuer, serial: leaf.serialNumber, spkiSha256: new Uint8Array(32) },
        ...{ tlsVersion: 'TLSv1.3', cipher: 'x', peerAddress: '127.0.0.1' },
        authenticatedAt: timestampOf(Date.now()),
      },
      rawRequest: encodeCommand(command),
    },
    performance.now() + 5000,
  );
  await side.applyDirectives(answer.directives, CLIENT);
  return JSON.parse(Buffer.from(answer.rawResponse).toString()) as unknown;
}

describe('a Gateway and its Core', () => {
  it('make keys here, register them there, and read them under one service key on both sides', async () => {
    const world = await makeWorld();
    const { row } = await create(world);
    const bytes = await read(world, row.uid);
    await drained(world);
    const details = await world.core.admin.call(CORE_ADMIN.getKey, {
      tenantId: TENANT,
      uid: row.uid,
    });
    expect(details).toMatchObject({ escrowed: true, offline: false, state: 1 });
    expect(await delegate(world, { do: 'read', uid: row.uid })).toBe(bytes.toString('hex'));
  });

  it('go on here while the link is cut, and settle everything when it is back', async () => {
    const world = await makeWorld();
    const before = await create(world);
    const bytes = await read(world, before.row.uid);
    await drained(world);
    world.proxy.cut();
    await eventually(() => {
      expect(world.side.uplink.status.state).toBe('cut');
    });
    const made = await Promise.all(Array.from({ length: 20 }, () => create(world)));
    expect(await read(world, before.row.uid)).toEqual(bytes);
    await expect(delegate(world, { do: 'get', uid: before.row.uid })).rejects.toThrow(
      'core unreachable',
    );
    const status = await world.side.gateway.status();
    expect(status).toMatchObject({ ready: true, outbox: { depth: 20n } });
    expect(status.notices[0]).toMatch(/^core unreachable: keys are served for \d+ s more$/);

    // Also after a restart without the Core.
    await restart(world);
    expect(await read(world, before.row.uid)).toEqual(bytes);
    made.push(await create(world));

    world.proxy.restore();
    await linked(world);
    await drained(world);
    for (const { row } of made) {
      const details = await world.core.admin.call(CORE_ADMIN.getKey, {
        tenantId: TENANT,
        uid: row.uid,
      });
      expect(details.offline).toBe(true);
      expect((await find(world, row.uid)).quarantined).toBe(false);
    }
  });

  it('take a key out of use within a moment, and never bring it back', async () => {
    const world = await makeWorld();
    const { row } = await create(world);
    await drained(world);
    const act = (action: string): Promise<unknown> =>
      world.core.admin.call(CORE_ADMIN.setKeyState, {
        ...{ tenantId: TENANT, uid: row.uid, action },
        ...{ reasonCode: 2, reasonMessage: 'lost', dryRun: false },
      });
    const stateIs = (state: number): Promise<void> =>
      eventually(async () => {
        expect((await find(world, row.uid)).state).toBe(state);
      });
    await act('suspend');
    await stateIs(16);
    await act('resume');
    await stateIs(1);
    await act('compromise');
    await stateIs(4);
    await act('destroy');
    await stateIs(6);
    const found = await find(world, row.uid);
    expect(found.row.wrapped).toHaveLength(0);
    expect(found.attributes.get('Revocation Reason')?.type).toBe('structure');
    await restart(world);
    await linked(world);
    expect((await find(world, row.uid)).state).toBe(6);
  });

  it('apply first after a cut what was taken away during it', async () => {
    const world = await makeWorld();
    const { row } = await create(world);
    await drained(world);
    world.proxy.cut();
    await eventually(() => {
      expect(world.side.uplink.status.state).toBe('cut');
    });
    await world.core.admin.call(CORE_ADMIN.setKeyState, {
      ...{ tenantId: TENANT, uid: row.uid, action: 'compromise' },
      ...{ reasonCode: 2, reasonMessage: '', dryRun: false },
    });
    expect((await find(world, row.uid)).state).toBe(1);
    world.proxy.restore();
    await linked(world);
    expect((await find(world, row.uid)).state).toBe(4);
  });

  it('use a new version of the service key for new keys at once, and the old one for old keys', async () => {
    const world = await makeWorld();
    const old = await create(world);
    const bytes = await read(world, old.row.uid);
    await world.core.admin.call(CORE_ADMIN.rotateServiceKey, scope);
    await eventually(async () => {
      expect((await create(world)).row.serviceKeyVersion).toBe(2);
    });
    expect(await read(world, old.row.uid)).toEqual(bytes);
    await drained(world);
    await world.core.admin.call(CORE_ADMIN.setServiceKeyState, {
      ...{ ...scope, version: 1, dryRun: false },
      state: ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED,
    });
    await eventually(async () => {
      await expect(read(world, old.row.uid)).rejects.toThrow('service key compromised');
    });
    await create(world);
  });

  it('suspend and restore a tenant', async () => {
    const world = await makeWorld();
    const { row } = await create(world);
    const bytes = await read(world, row.uid);
    const set = (state: string): Promise<unknown> =>
      world.core.admin.call(CORE_ADMIN.setTenantState, { tenantId: TENANT, state, dryRun: false });
    await set('SUSPENDED');
    await eventually(async () => {
      await expect(read(world, row.uid)).rejects.toThrow('the tenant is suspended');
    });
    expect(world.side.closed).toEqual([TENANT]);
    await set('ACTIVE');
    await eventually(async () => {
      expect(await read(world, row.uid)).toEqual(bytes);
    });
    await create(world);
  });

  it('keep here what was registered there, and follow its changes', async () => {
    const world = await makeWorld();
    const key = 'ab'.repeat(32);
    await delegate(world, { do: 'register', uid: 'registered-1', key });
    expect((await read(world, 'registered-1')).toString('hex')).toBe(key);
    await delegate(world, {
      do: 'transition',
      uid: 'registered-1',
      transition: { kind: 'activate' },
    });
    expect((await find(world, 'registered-1')).state).toBe(2);
    const transition = { kind: 'compromise', by: 'client' } as const;
    await delegate(world, { do: 'transition', uid: 'registered-1', transition });
    expect((await find(world, 'registered-1')).state).toBe(4);
    world.proxy.cut();
    expect((await find(world, 'registered-1')).state).toBe(4);
  });
});
