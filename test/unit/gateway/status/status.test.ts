import { randomBytes, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CryptoProvider } from '../../../../src/crypto/provider.ts';
import { createGateway, type Gateway } from '../../../../src/gateway/gateway.ts';
import type { UplinkHandlers } from '../../../../src/uplink/uplink.ts';
import {
  HealthCheckRequest,
  HealthCheckResponse,
} from '../../../../src/generated/grpc/health/v1/health.ts';
import { GATEWAY_STATUS } from '../../../../src/uplink-wire/index.ts';
import { MemoryVault } from '../../../../src/vault/index.ts';
import { expectFailure } from '../../../support/failures.ts';
import { openKeySide, TestLog, type KeySide } from '../../../support/gateway/key-side.ts';
import { sealingKeyFile } from '../../../support/gateway/sealing-key-file.ts';
import { TestClock } from '../../../support/gateway/test-clock.ts';
import { POLICY, TENANT, TestCore } from '../../../support/gateway/test-core.ts';
import { openPure } from '../../../support/providers.ts';
import { scratchDirectory } from '../../../support/scratch.ts';
import { MetricsRegistry } from '../../../../src/telemetry/metrics/registry.ts';
import { readMetrics } from '../../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../../support/telemetry/test-metrics.ts';

describe('the status', () => {
  let side: KeySide;

  beforeEach(async () => {
    side = await openKeySide(await openPure());
    side.parts.address.current = '127.0.0.1:5696';
  });

  it('of a Gateway that never met its Core is not ready, and says why', async () => {
    const status = await side.parts.status();
    expect(status).toMatchObject({ ready: false, gatewayId: '', serviceKeys: [] });
    expect(status.notices).toEqual([
      'core unreachable, and no service key is held: no keys are served',
    ]);
    expect(status.offlineLeftMs).toBeUndefined();
  });

  it('names link, leases, outbox, vault and crypto', async () => {
    await side.join();
    await side.create();
    const status = await side.parts.status();
    expect(status).toMatchObject({
      ready: true,
      notices: [],
      kmipAddress: '127.0.0.1:5696',
      clusterId: 'cluster-1',
      link: { state: 'linked' },
      serviceKeys: [{ version: 1, wraps: true, leftMs: 300_000n, leftOfflineMs: 3_600_000n }],
      outbox: { depth: 1n, head: 1n, acknowledged: 0n },
      vault: { keys: 1n, quarantined: 0n },
      crypto: { provider: 'pure', fips: 'off' },
    });
    expect(status.crypto?.entropy).toContain('DRBG');
  });

  it('stays ready while the link is cut and says how long, until nothing can be served', async () => {
    await side.join();
    side.link('cut');
    side.clock.pass(600_000);
    const status = await side.parts.status();
    expect(status.ready).toBe(true);
    expect(status.notices).toEqual(['core unreachable: keys are served for 3000 s more']);
    expect(status.offlineLeftMs).toBe(3_000_000n);
    side.clock.pass(3_000_000);
    side.parts.cache.sweep();
    const ended = await side.parts.status();
    expect(ended.ready).toBe(false);
    expect(ended.notices).toContain('no service key to make keys for acme/orders');
  });
});

describe('the metrics of a Gateway', () => {
  const read = async (side: KeySide) => await readMetrics(side.metrics);

  it('say of one that never met its Core that it serves nothing', async () => {
    const side = await openKeySide(await openPure());
    side.parts.address.current = '127.0.0.1:5696';
    const readings = await read(side);
    expect(readings).toMatchObject({
      ...{ 'krypton_ready{}': 0, 'krypton_link_up{}': 0, 'krypton_service_keys{}': 0 },
      'krypton_offline_remaining_seconds{}': 0,
    });
    expect(readings).not.toHaveProperty(['krypton_link_last_answer_seconds{}']);
  });

  it('count down while the link is cut, to the moment at which nothing is served', async () => {
    const side = await openKeySide(await openPure());
    side.parts.address.current = '127.0.0.1:5696';
    await side.join();
    await side.create();
    side.link('cut');
    side.clock.pass(600_000);
    expect(await read(side)).toMatchObject({
      ...{ 'krypton_ready{}': 1, 'krypton_link_up{}': 0, 'krypton_service_keys{}': 1 },
      ...{ 'krypton_offline_remaining_seconds{}': 3000, 'krypton_services_without_key{}': 0 },
      ...{ 'krypton_outbox_entries{}': 1, 'krypton_outbox_oldest_seconds{}': 600 },
      'krypton_vault_keys{}': 1,
    });
    side.clock.pass(3_000_000);
    side.parts.cache.sweep();
    expect(await read(side)).toMatchObject({
      ...{ 'krypton_ready{}': 0, 'krypton_service_keys{}': 0 },
      ...{ 'krypton_offline_remaining_seconds{}': 0, 'krypton_services_without_key{}': 1 },
    });
  });

  it('leave out what the vault is asked for while it does not answer, and nothing else', async () => {
    const metrics = new MetricsRegistry({ logger: new TestLog(), sourceTimeoutMs: 20 });
    const side = await openKeySide(await openPure(), { metrics });
    side.vault.facts = () => new Promise(() => undefined);
    const readings = await read(side);
    expect(readings).toHaveProperty(['krypton_link_up{}']);
    expect(readings).not.toHaveProperty(['krypton_vault_keys{}']);
  });
});

describe('a Gateway', () => {
  let clock: TestClock;
  let log: TestLog;
  let events: string[];
  let handlers: UplinkHandlers;
  let socket: string;
  let gateway: Gateway;
  let core: TestCore;

  beforeEach(async () => {
    clock = new TestClock();
    log = new TestLog();
    events = [];
    socket = join(scratchDirectory(), 'run', 'gateway.sock');
    const provider = await openPure();
    core = new TestCore(provider, clock);
    gateway = makeGateway(provider);
  });

  function makeGateway(provider: CryptoProvider, kmipHost = '127.0.0.1'): Gateway {
    const made = createGateway({
      ...{ provider, clock, logger: log, newId: randomUUID, rssBytes: () => 1 },
      vault: new MemoryVault({ vaultId: randomUUID() }),
      metrics: testMetrics(),
      random: (bytes) => randomBytes(bytes),
      settings: {
        ...{ name: 'gateway-1', version: '1.2.3', kmipHost, uidForm: 'uuid', auditDays: 400 },
        sealingKey: sealingKeyFile(),
        statusSocket: {
          paths: [socket],
          allowSharedDirectory: false,
          uid: process.geteuid?.() ?? 0,
        },
      },
      uplink: (given) => {
        handlers = given;
        return {
          start: () => events.push('uplink started'),
          status: {
            ...{ state: 'linked', lastAnswerAt: clock.monotonicMs(), clockSkewMs: 3 },
            ...{ generation: 1n, reconnects: 0, lastError: undefined },
          },
          tunnel: () => Promise.reject(new Error('none')),
          wakeOutbox: () => undefined,
          flushOutbox: () => Promise.resolve(),
          requestServiceKey: () => undefined,
          stop: () => {
            events.push('uplink stopped');
            return Promise.resolve();
          },
        };
      },
      listener: () => ({
        start: () => {
          events.push('listener started');
          return Promise.resolve(5696);
        },
        setTrust: () => undefined,
        closeTenant: () => undefined,
        drain: (milliseconds) => {
          events.push(`listener drained in ${milliseconds}`);
          return Promise.resolve();
        },
      }),
    });
    onTestFinished(async () => {
      await made.stop(0);
    });
    return made;
  }

  it('serves before it dials, and ends in the other order', async () => {
    await gateway.start();
    await gateway.stop(100);
    await gateway.stop(100);
    expect(events).toEqual([
      'listener started',
      'uplink started',
      'listener drained in 100',
      'uplink stopped',
    ]);
    expect(log.with('error', '')).toEqual([]);
    await expect(gateway.status()).rejects.toThrow('closed');
  });

  it('answers status, keys and health on a socket for its owner alone', async () => {
    await gateway.start();
    await handlers.enrolled(core.enrol(await handlers.enrollRequest(), [POLICY]));
    await handlers.event(core.event('EVENT_KIND_KEY_DESTROYED', { uid: 'gone' }));
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const client = new Client(`unix:${socket}`, credentials.createInsecure());
    onTestFinished(() => {
      client.close();
    });
    const { getStatus, listKeys, listQuarantine } = GATEWAY_STATUS;
    const status = await call(client, getStatus, {});
    expect(status).toMatchObject({ name: 'gateway-1', version: '1.2.3', ready: true });
    expect(status.link?.clockSkewMs).toBe(3n);
    const all = { tenantId: '', serviceId: '', pageToken: new Uint8Array(), pageSize: 1 };
    const page = await call(client, listKeys, all);
    expect(page.keys.map(({ uid, state, tenantId }) => [uid, state, tenantId])).toEqual([
      ['gone', 'destroyed', TENANT],
    ]);
    const next = await call(client, listKeys, { ...all, pageToken: page.nextPageToken });
    expect(next).toMatchObject({ keys: [] });
    expect((await call(client, listQuarantine, { ...all, pageSize: 0 })).keys).toEqual([]);
    await expect(call(client, listKeys, { ...all, pageSize: 1001 })).rejects.toThrow('page_size');
    const token = new Uint8Array(3);
    await expect(call(client, listKeys, { ...all, pageToken: token })).rejects.toThrow(
      'page_token',
    );
    const health = {
      path: '/grpc.health.v1.Health/Check',
      request: {
        encode: (message: HealthCheckRequest) => HealthCheckRequest.encode(message).finish(),
      },
      response: { decode: (bytes: Uint8Array) => HealthCheckResponse.decode(bytes) },
    };
    expect((await call(client, health, { service: '' })).status).toBe(1);
    await expect(call(client, health, { service: 'x' })).rejects.toThrow('unknown service');
  });

  it('puts the brackets of IPv6 around its address', async () => {
    const other = makeGateway(await openPure(), '::1');
    await other.start();
    expect((await other.status()).kmipAddress).toBe('[::1]:5696');
  });

  it('tells whoever watches its health when it is ready, and when it no longer is', async () => {
    await gateway.start();
    const client = new Client(`unix:${socket}`, credentials.createInsecure());
    onTestFinished(() => {
      client.close();
    });
    const watch = client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      (message: HealthCheckRequest) => Buffer.from(HealthCheckRequest.encode(message).finish()),
      (bytes: Buffer) => HealthCheckResponse.decode(bytes).status,
      { service: '' },
    );
    const told: number[] = [];
    let ready: () => void = () => undefined;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const ended = new Promise<void>((resolve) => {
      watch.on('data', (status: number) => {
        told.push(status);
        ready();
      });
      watch.on('error', () => undefined);
      watch.once('status', () => {
        resolve();
      });
    });
    await isReady;
    await gateway.stop(0);
    await ended;
    expect(told).toEqual([1, 2]);
  });

  it('leaves nothing open when it cannot start', async () => {
    await gateway.start();
    const second = makeGateway(await openPure());
    events.length = 0;
    await expectFailure(() => second.start(), 'SOCKET_IN_USE');
    expect(events).toEqual(['listener drained in 0', 'uplink stopped']);
    await expect(second.status()).rejects.toThrow('closed');
    expect(await gateway.status()).toMatchObject({ ready: true });
  });
});

interface CallShape<Request, Response> {
  readonly path: string;
  readonly request: { encode(message: Request): Uint8Array };
  readonly response: { decode(bytes: Uint8Array): Response };
}

async function call<Request, Response>(
  client: Client,
  method: CallShape<Request, Response>,
  request: Request,
): Promise<Response> {
  return await new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      (message: Request) => Buffer.from(method.request.encode(message)),
      (bytes: Buffer) => method.response.decode(bytes),
      request,
      { deadline: Date.now() + 5000 },
      (error, response) => {
        if (error !== null) reject(error);
        else if (response !== undefined) resolve(response);
      },
    );
  });
}
