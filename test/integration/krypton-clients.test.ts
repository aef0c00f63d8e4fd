import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrokerError } from '../../src/errors/index.ts';
import { operations, type KmipClient } from '../../src/kmip-client/index.ts';
import { writeBatch } from '../../src/kmip-client/exchange.ts';
import { decodeResponse } from '../../src/kmip/messages/response.ts';
import { RESULT_REASON, RESULT_STATUS } from '../../src/kmip/tables/enumerations.ts';
import type { KmipVersion } from '../../src/kmip/version.ts';
import type { ThrowawayLeaf } from '../../src/x509/throwaway.ts';
import type { LeafWishes } from './support/krypton-certificates.ts';
import { KryptonGateway } from './support/krypton-gateway.ts';
import { AES256, Krypton, PAYMENTS, TENANT, stopEverything } from './support/krypton.ts';
import { clientIdentity } from './support/krypton-core.ts';
import { dialTcp, dialTls, exchange } from './support/krypton-raw.ts';
import { refusalOf } from './support/krypton-refusal.ts';
import { eventually } from './support/krypton-wait.ts';

const GLOBEX = { tenant: 'globex', service: 'orders', policy: { activateOnCreate: true } };
const CLIENT = clientIdentity(TENANT, PAYMENTS.service);

/** A client of the right name, but for what a test changes. */
const client = (wishes: Partial<LeafWishes> = {}): LeafWishes => ({
  ...{ names: { uri: [CLIENT] }, usage: 'client', commonName: 'app' },
  ...wishes,
});

/** What is no message, or none that can be read here, is refused as a whole. */
const REFUSALS: readonly (number | undefined)[] = [
  RESULT_REASON.invalidMessage,
  RESULT_REASON.invalidField,
  RESULT_REASON.unsupportedProtocolVersion,
];

let krypton: Krypton;
beforeAll(async () => {
  krypton = await Krypton.start({ services: [PAYMENTS, GLOBEX] });
}, 60_000);
afterEach(async () => {
  await krypton.disconnect();
});
afterAll(stopEverything);

describe('who may speak to the Gateway', () => {
  /** What becomes of a client: what it is told, or that it is not even listened to. */
  async function fateOf(leaf: ThrowawayLeaf): Promise<string> {
    const request = writeBatch({
      ...{ version: 14, operations: [operations.create(AES256)], errorContinuation: 'stop' },
      maximumResponseSize: 1 << 20,
    });
    try {
      const [item] = decodeResponse(await exchange(krypton, leaf, request)).items;
      return item?.reason === RESULT_REASON.authenticationNotSuccessful
        ? `refused: ${item.message}`
        : `answered: ${item?.status}`;
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }

  const REFUSED = 'refused: the client certificate is not accepted';

  it('lets the client of a service in', async () => {
    expect(await fateOf(await krypton.clientLeaf())).toBe('answered: 0');
  });

  it.each([
    ['of another CA', 'strangers', client(), 'KMIP_UNREACHABLE'],
    ['that has expired', 'clients', client({ lifetime: 1800 }), 'KMIP_UNREACHABLE'],
    ['of a server', 'clients', client({ usage: 'server' }), 'KMIP_UNREACHABLE'],
    ['that no rule fits', 'clients', client({ names: { uri: ['spiffe://a/b'] } }), REFUSED],
    ['without a name', 'clients', client({ names: {} }), REFUSED],
    [
      'with two SPIFFE ids',
      'clients',
      client({ names: { uri: [CLIENT, 'spiffe://acme.test/other'] } }),
      REFUSED,
    ],
  ] as const)(
    'does nothing for a client with a certificate %s',
    async (_, authority, wishes, fate) => {
      expect(await fateOf(await krypton.certificates.issue(authority, wishes))).toBe(fate);
    },
  );

  it('does nothing for a client without a certificate', async () => {
    const { port } = krypton.gateway;
    const ca = krypton.certificates.caPem('kmip');
    const socket = connectTls({ host: '127.0.0.1', port, ca });
    const [problem] = (await once(socket, 'close').catch((error: unknown) => [error])) as [Error];
    expect(problem.message).toContain('certificate required');
  });
});

describe('tenants', () => {
  /** An answer without the second in which it was given. */
  function timeless(answer: Buffer): string {
    const hex = answer.toString('hex');
    // Time Stamp: tag 420092, type Date-Time, 8 bytes.
    const dated = hex.replace(/(4200920900000008)[0-9a-f]{16}/, '$1');
    // Server Correlation Value: tag 420106, type Text String, 36 bytes and their padding. It is another one each time.
    return dated.replace(/(4201060700000024)[0-9a-f]{80}/, '$1');
  }

  it.each([10, 14, 21] as const)(
    'cannot tell a key of another one from a key that never was, in version %d',
    async (version: KmipVersion) => {
      const theirs = await krypton.connect({ tenant: 'globex', service: 'orders' });
      const { uid } = await theirs.create(AES256);
      await krypton.gateway.whenDrained();
      const leaf = await krypton.clientLeaf();
      const about = async (target: string): Promise<readonly string[]> => {
        const items = [
          operations.get(target),
          operations.getAttributes(target),
          operations.getAttributeList(target),
          operations.activate(target),
          operations.revoke(target, { reason: 5 }),
          operations.destroy(target),
        ];
        const answers: string[] = [];
        for (const item of items) {
          const request = writeBatch({
            ...{ version, operations: [item], errorContinuation: 'stop' },
            maximumResponseSize: 1 << 20,
          });
          answers.push(timeless(await exchange(krypton, leaf, request)));
        }
        return answers;
      };
      expect(await about(uid)).toEqual(await about(randomUUID()));
      const ours = await krypton.connect({ version });
      expect((await ours.locate({ maximumItems: 1000 })).uids).not.toContain(uid);
      expect((await theirs.get(uid)).uid).toBe(uid);
    },
  );

  it('are cut off while they are suspended, and for good when they are revoked; others notice nothing', async () => {
    const { core, gateway } = krypton;
    const theirs = await krypton.connect({ tenant: 'globex', service: 'orders' });
    const { uid, material } = await theirs.createAndGet(AES256);
    const ours = await krypton.connect();
    await gateway.whenDrained();

    await core.setTenant('globex', 'SUSPENDED');
    await eventually('the end of the connection', async () => {
      const code = await theirs.get(uid).then(
        () => 'served',
        (error: unknown) => (error instanceof BrokerError ? error.code : String(error)),
      );
      return code === 'KMIP_UNREACHABLE' ? true : undefined;
    });
    const turnedAway = async (): Promise<unknown> => {
      const again = await krypton.connect({ tenant: 'globex', service: 'orders', version: 14 });
      return await again.get(uid);
    };
    await expect(turnedAway()).rejects.toMatchObject({
      code: expect.stringMatching(/^KMIP_/) as string,
    });
    await ours.create(AES256);

    await core.setTenant('globex', 'ACTIVE');
    const restored = await eventually('the tenant again', async () => {
      const again = await krypton.connect({ tenant: 'globex', service: 'orders', version: 14 });
      return await again.get(uid);
    });
    expect(restored.material).toEqual(material);

    await core.setTenant('globex', 'REVOKED');
    await eventually(
      'the end',
      async () =>
        await turnedAway().then(
          () => undefined,
          () => true,
        ),
    );
    await gateway.crash();
    await gateway.whenLinked(1);
    await expect(turnedAway()).rejects.toMatchObject({
      code: expect.stringMatching(/^KMIP_/) as string,
    });
    await (await krypton.connect()).create(AES256);
  });
});

describe('a Core that is not the right one', () => {
  it.each([
    ['whose certificate is of another CA', 'strangers', '127.0.0.1'],
    ['that has another name', 'uplink', 'spiffe://test/core/main'],
  ] as const)('is told nothing: %s', async (_, authority, identity) => {
    const name = `lost-${authority}`;
    const gateway = await KryptonGateway.start({
      ...{ directory: krypton.directory, certificates: krypton.certificates, name },
      core: krypton.link.address,
      args: [
        ...['--core-ca', krypton.certificates.caFile(authority)],
        ...['--core-identity', identity],
      ],
    });
    try {
      const status = await gateway.whenStatus('an error', ({ link }) => link?.lastError !== '');
      expect(status).toMatchObject({ ready: false, link: { state: 'cut' }, gatewayId: '' });
      expect(krypton.core.log()).not.toContain(name);
      const leaf = await krypton.clientLeaf();
      await expect(krypton.connect({ gateway, leaf, timeoutMs: 5000 })).rejects.toMatchObject({
        code: 'KMIP_UNREACHABLE',
      });
    } finally {
      await gateway.stop();
    }
  });
});

describe('clients that mean no good', () => {
  it('are told that it is no message, whatever they send, and nobody else notices', async () => {
    const healthy = await krypton.connect();
    const key = await healthy.createAndGet(AES256);
    const leaf = await krypton.clientLeaf();
    const good = writeBatch({
      ...{ version: 14, operations: [operations.get(key.uid)], errorContinuation: 'stop' },
      maximumResponseSize: 1 << 20,
    });
    const changed = (change: (bytes: Buffer) => unknown): Buffer => {
      const bytes = Buffer.from(good);
      change(bytes);
      return bytes;
    };
    // Protocol Version Major: its value.
    const versionAt = Buffer.from(good).indexOf(Buffer.from('42006a', 'hex')) + 8;
    expect(versionAt).toBeGreaterThan(8);
    const hostile: readonly (readonly [string, Buffer])[] = [
      ['a length of 4 GiB', changed((bytes) => bytes.writeUInt32BE(0xffff_fff8, 4))],
      ['no length', changed((bytes) => bytes.writeUInt32BE(0, 4))],
      ['a length that is no multiple of eight', changed((bytes) => bytes.writeUInt32BE(9, 4))],
      ['another tag', changed((bytes) => bytes.fill(0x55, 0, 3))],
      ['another type', changed((bytes) => bytes.writeUInt8(0x07, 3))],
      ['version 3.0', changed((bytes) => bytes.writeUInt32BE(3, versionAt))],
      ['version 1.9', changed((bytes) => bytes.writeUInt32BE(9, versionAt + 16))],
      ['an Integer without a value', changed((bytes) => bytes.writeUInt32BE(0, versionAt - 4))],
      ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
      ['structures in structures', nested(10_000)],
      ['noise', Buffer.alloc(4096, 0xff)],
    ];
    for (const [what, bytes] of hostile) {
      const [item] = decodeResponse(await exchange(krypton, leaf, bytes)).items;
      expect(item?.status, what).toBe(RESULT_STATUS.operationFailed);
      expect(REFUSALS, what).toContain(item?.reason);
    }
    const many = Array.from({ length: 1000 }, () => operations.get(key.uid));
    const refused = await refusalOf(healthy.request(many));
    expect(refused.reason).toMatch(/invalid message|server limit exceeded|general failure/);
    expect((await healthy.get(key.uid)).material).toEqual(key.material);
  });

  /** A message that is nothing but structures within structures. */
  function nested(depth: number): Buffer {
    const levels: Buffer[] = [];
    for (let level = 0; level < depth; level += 1) {
      const head = Buffer.from('4200780100000000', 'hex');
      head.writeUInt32BE((depth - 1 - level) * 8, 4);
      levels.push(head);
    }
    return Buffer.concat(levels);
  }

  it(
    'hold nobody up: 500 connections that begin and do not go on',
    { timeout: 60_000 },
    async () => {
      const healthy = await krypton.connect();
      const { uid } = await healthy.create(AES256);
      const leaf = await krypton.clientLeaf();
      const slow: Socket[] = [];
      try {
        const stop = new AbortController();
        const times = measure(healthy, uid, stop.signal);
        times.catch(() => undefined);
        // Authenticated ones, which then send the beginning of a request and no more.
        for (let batch = 0; batch < 10; batch += 1) {
          const sockets = await Promise.all(
            Array.from({ length: 20 }, () => dialTls(krypton, leaf)),
          );
          for (const socket of sockets) socket.write(Buffer.from('420078', 'hex'));
          slow.push(...sockets);
        }
        // Half of them say nothing at all, half the beginning of a ClientHello.
        for (let index = 0; index < 300; index += 1) {
          const socket = await dialTcp(krypton);
          if (index % 2 === 0) socket.write(Buffer.from('160301020001', 'hex'));
          slow.push(socket);
        }
        // A new client is served while they hang there.
        const from = performance.now();
        const newcomer = await krypton.connect();
        expect((await newcomer.get(uid)).uid).toBe(uid);
        const joining = performance.now() - from;
        stop.abort();
        const latencies = await times;
        const worst = Math.max(...latencies);
        console.log(
          `500 slow connections: ${latencies.length} Gets beside them, the slowest ${worst.toFixed(0)} ms; a newcomer served after ${joining.toFixed(0)} ms`,
        );
        expect(latencies.length).toBeGreaterThan(50);
        expect(worst).toBeLessThan(2000);
        expect(joining).toBeLessThan(3000);
        // And they are dropped: those who owe a request after five seconds, of the others all but the last few before.
        await Promise.all(
          slow.slice(0, 200).map(async (socket) => {
            if (!socket.closed) await once(socket, 'close');
          }),
        );
        expect(slow.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(64);
      } finally {
        for (const socket of slow) socket.destroy();
      }
    },
  );

  /** Gets a key again and again, and says how long each took, in ms. */
  async function measure(
    healthy: KmipClient,
    uid: string,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const times: number[] = [];
    while (!signal.aborted) {
      const from = performance.now();
      await healthy.get(uid);
      times.push(performance.now() - from);
    }
    return times;
  }
});
