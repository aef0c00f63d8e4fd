import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { BrokerError } from '../../src/errors/index.ts';
import { SignCertificateRequest } from '../../src/generated/cryptobroker/server_view.ts';
import { makeThrowawayCa, makeThrowawayRequest } from '../../src/x509/throwaway.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { BrokerProcess, type BrokerProcessOptions } from './support/broker-process.ts';
import { GrpcCaller, SIGN_CERTIFICATE } from './support/grpc-caller.ts';
import { rawSession } from './support/raw-http2.ts';
import { startTestBroker } from './support/test-broker.ts';
import { TRANSPORTS } from './support/transports.ts';

const BENCHMARK = '/CryptoBroker.CryptoGrpcDev/Benchmark';
const HEALTH_WATCH = '/grpc.health.v1.Health/Watch';

function caller(socket: string): GrpcCaller {
  const client = new GrpcCaller(socket);
  onTestFinished(() => {
    client.close();
  });
  return client;
}

/** Starts a server that is expected to refuse to serve, and returns its exit code and the code in its log. */
async function refusal(
  options: Partial<BrokerProcessOptions>,
): Promise<{ exit: number | null; code: unknown }> {
  const broker = new BrokerProcess({ sockets: [join(scratchDirectory(), 'a.sock')], ...options });
  const { code: exit } = await broker.ended;
  return { exit, code: broker.line('start failed')?.['error'] };
}

describe.each(TRANSPORTS)('over %s:', (transport) => {
  const over = <Options extends Partial<BrokerProcessOptions>>(options: Options): Options => ({
    ...options,
    env: { CRYPTO_BROKER_TRANSPORT: transport, ...options.env },
  });
  const launch = (options: BrokerProcessOptions): BrokerProcess => new BrokerProcess(over(options));
  const serving = async (options: BrokerProcessOptions): Promise<BrokerProcess> =>
    await BrokerProcess.serving(over(options));

  describe('a server process', () => {
    it('serves every socket, says what it stands on, and leaves nothing behind after SIGTERM', async () => {
      const directory = scratchDirectory();
      const sockets = [join(directory, 'a', 'first.sock'), join(directory, 'second.sock')];
      const broker = await serving({ sockets });
      for (const socket of sockets) {
        expect(lstatSync(socket).mode & 0o777).toBe(0o600);
        await caller(socket).expectServing();
      }
      expect(broker.line('FIPS provider is required and answers')).toMatchObject({
        level: 'INFO',
        service: 'crypto-broker-server',
        fips: 'required',
        module: 'OpenSSL FIPS Provider',
        moduleSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
      expect(broker.line('profiles loaded')).toMatchObject({ source: 'shipped with this version' });
      expect(
        broker.lines.every(({ time }) =>
          /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(time)),
        ),
      ).toBe(true);
      expect(broker.line('starting crypto broker server')).toMatchObject({ transport });
      expect(broker.line('serving')).toMatchObject({ transport, sockets: sockets.join(' ') });
      broker.kill('SIGTERM');
      expect(await broker.ended).toEqual({ code: 0, signal: null });
      expect(sockets.map((socket) => existsSync(socket))).toEqual([false, false]);
      expect(broker.line('stopped')).toBeDefined();
    });

    it('finishes the call that is under way when SIGTERM comes, and takes no new ones', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = await serving({
        sockets: [socket],
        // As long as a benchmark takes on a machine that does other things, too.
        env: { CRYPTO_BROKER_DEV: 'true', CRYPTO_BROKER_DRAIN_SECONDS: '60' },
      });
      const running = caller(socket).start(BENCHMARK, Buffer.alloc(0));
      const watch = caller(socket).stream(HEALTH_WATCH, Buffer.alloc(0));
      const watched: number[] = [];
      for await (const message of watch) {
        watched.push(message[1] ?? 0);
        // SERVING: now the benchmark is under way, too.
        if (watched.length === 1) broker.kill('SIGTERM');
      }
      // SERVING, then NOT_SERVING, then the end of the watch.
      expect(watched).toEqual([1, 2]);
      expect(existsSync(socket)).toBe(false);
      expect((await running.ended).status).toBe(status.OK);
      expect(await broker.ended).toEqual({ code: 0, signal: null });
    });

    it('cuts off what is not done in time, says so, and still ends well', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = await serving({
        sockets: [socket],
        env: { CRYPTO_BROKER_DEV: 'true', CRYPTO_BROKER_DRAIN_SECONDS: '0' },
      });
      const client = caller(socket);
      await client.expectServing();
      const running = client.start(BENCHMARK, Buffer.alloc(0));
      await client.expectServing();
      broker.kill('SIGINT');
      expect((await running.ended).status).not.toBe(status.OK);
      expect(await broker.ended).toEqual({ code: 0, signal: null });
      expect(broker.line('calls were cut off because they did not end in time')).toMatchObject({
        calls: 1,
      });
    });

    it('ends at once at the second signal', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = await serving({
        sockets: [socket],
        env: { CRYPTO_BROKER_DEV: 'true' },
      });
      const client = caller(socket);
      await client.expectServing();
      const running = client.start(BENCHMARK, Buffer.alloc(0));
      await client.expectServing();
      broker.kill('SIGTERM');
      await broker.logged('stopping');
      broker.kill('SIGTERM');
      expect(await broker.ended).toEqual({ code: 1, signal: null });
      expect((await running.ended).status).not.toBe(status.OK);
      expect(existsSync(socket)).toBe(false);
    });

    it('replaces the sockets of a server that was killed', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const first = await serving({ sockets: [socket] });
      first.kill('SIGKILL');
      await first.ended;
      expect(existsSync(socket)).toBe(true);
      await serving({ sockets: [socket] });
      await caller(socket).expectServing();
      expect(readdirSync(dirname(socket))).toEqual(['a.sock']);
    });

    it('is the only one of two that start at once, at a free path and at a dead socket', async () => {
      for (const dead of [false, true]) {
        const socket = join(scratchDirectory(), 'a.sock');
        if (dead) await deadSocket(socket);
        const brokers = [launch({ sockets: [socket] }), launch({ sockets: [socket] })];
        const outcomes = await Promise.all(
          brokers.map(async (broker) => {
            const serving = broker.logged('serving').then(() => 'serving' as const);
            return await Promise.race([serving.catch(() => 'refused' as const), broker.ended]);
          }),
        );
        expect(outcomes.filter((outcome) => outcome === 'serving')).toHaveLength(1);
        const loser = brokers[outcomes[0] === 'serving' ? 1 : 0];
        expect(await loser?.ended).toMatchObject({ code: 4 });
        expect(loser?.line('start failed')).toMatchObject({ error: 'SOCKET_IN_USE' });
        await caller(socket).expectServing();
        expect(readdirSync(dirname(socket))).toEqual(['a.sock']);
      }
    });

    it('logs an error that nothing handles, takes its sockets away and ends with 1', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const entry = fileURLToPath(new URL('./support/crashing-server-main.ts', import.meta.url));
      const broker = await serving({ sockets: [socket], entry });
      broker.kill('SIGUSR2');
      expect(await broker.ended).toEqual({ code: 1, signal: null });
      expect(broker.line('stopping after an error that nothing handled')).toMatchObject({
        level: 'ERROR',
        reason: 'Error: nobody handles this',
      });
      expect(existsSync(socket)).toBe(false);
    });
  });

  const outOfService = (pure: CryptoProvider): CryptoProvider => ({
    ...pure,
    digests: {
      ...pure.digests,
      hex: () => {
        throw new BrokerError('SELF_CHECK_FAILED', 'the FIPS module is out of service');
      },
    },
  });

  describe('a FIPS module that puts itself out of service', () => {
    it('ends the server with 70', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const entry = fileURLToPath(new URL('./support/crashing-server-main.ts', import.meta.url));
      const broker = await serving({
        sockets: [socket],
        entry,
        env: { CRASH_WITH: 'self-check' },
      });
      broker.kill('SIGUSR2');
      expect(await broker.ended).toEqual({ code: 70, signal: null });
      expect(existsSync(socket)).toBe(false);
    });

    it('is noticed at the call that meets it, which ends as INTERNAL', async () => {
      const faults: string[] = [];
      const failing = await startTestBroker({
        transport,
        provider: outOfService,
        onCoreFault: ({ code }) => faults.push(code),
      });
      const { status: code, details } = await failing.caller().hash('Default', 'a');
      expect(code).toBe(status.INTERNAL);
      expect(details).toBe('internal error, incident incident-1');
      expect(faults).toEqual(['SELF_CHECK_FAILED']);
    });

    it('does not leave its caller waiting when what follows fails too', async () => {
      const failing = await startTestBroker({
        transport,
        provider: outOfService,
        onCoreFault: () => {
          throw new Error('the observer is broken');
        },
      });
      expect((await failing.caller().hash('Default', 'a')).status).toBe(status.INTERNAL);
      expect(failing.log.withMessage('a call failed behind its handler')).toHaveLength(1);
    });
  });

  describe('a start that cannot succeed', () => {
    it('ends with 3 for settings and profiles', async () => {
      const profiles = scratchDirectory();
      writeFileSync(join(profiles, 'Profiles.yaml'), '- Name: Broken\n- Name: Broken\n');
      const refusals = await Promise.all([
        refusal(over({ env: { CRYPTO_BROKER_PROFILES_DIR: profiles } })),
        refusal(over({ env: { CRYPTO_BROKER_PROFILES_DIR: '/nonexistent' } })),
        refusal(
          over({
            env: {
              CRYPTO_BROKER_DEV: 'true',
              CRYPTO_BROKER_BENCHMARKING_SIGNCERTIFICATE_CSR: '/nonexistent',
            },
          }),
        ),
      ]);
      expect(refusals).toEqual([
        { exit: 3, code: 'PROFILES_INVALID' },
        { exit: 3, code: 'PROFILES_UNREADABLE' },
        { exit: 3, code: 'CONFIG_INVALID' },
      ]);
    });

    it('ends with 4 for sockets', async () => {
      const directory = scratchDirectory();
      writeFileSync(join(directory, 'file'), '');
      mkdirSync(join(directory, 'open'));
      chmodSync(join(directory, 'open'), 0o777);
      const refusals = await Promise.all([
        refusal(over({ sockets: [join(directory, 'file')] })),
        refusal(over({ sockets: ['relative.sock'] })),
        refusal(over({ sockets: [`/${'x'.repeat(107)}`] })),
        refusal(over({ sockets: [join(directory, 'open', 'a.sock')] })),
      ]);
      expect(refusals).toEqual([
        { exit: 4, code: 'SOCKET_PATH_OCCUPIED' },
        { exit: 4, code: 'SOCKET_PATH_INVALID' },
        { exit: 4, code: 'SOCKET_PATH_INVALID' },
        { exit: 4, code: 'SOCKET_DIRECTORY_INSECURE' },
      ]);
    });

    it('ends with 70 when the FIPS module is not there', async () => {
      expect(
        await refusal(over({ env: { CRYPTO_BROKER_FIPS_MODULE_DIR: scratchDirectory() } })),
      ).toEqual({
        exit: 70,
        code: 'FIPS_MODULE_MISSING',
      });
    });
  });

  describe('without FIPS', () => {
    it.runIf(transport === 'native')('the native provider serves and the log warns', async () => {
      await expectServingWithoutFips({ CRYPTO_BROKER_CRYPTO_PROVIDER: 'native' }, 'native');
    });

    it.runIf(transport === 'grpc-js')('the pure provider serves and the log warns', async () => {
      await expectServingWithoutFips({ CRYPTO_BROKER_CRYPTO_PROVIDER: 'pure' }, 'pure');
    });

    async function expectServingWithoutFips(
      env: Readonly<Record<string, string>>,
      provider: string,
    ): Promise<void> {
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = await serving({
        sockets: [socket],
        env: { CRYPTO_BROKER_FIPS: 'off', ...env },
      });
      await caller(socket).expectServing();
      const warning = 'FIPS mode is off: nothing this server does is bound to a FIPS provider';
      expect(broker.line(warning)).toMatchObject({
        level: 'WARN',
        fips: 'off',
        cryptoProvider: provider,
      });
    }
  });

  describe('a server with an inherited socket', () => {
    const inheriting = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh'];

    it('serves it, leaves its path alone, and opens no default path beside it', async () => {
      const { path, descriptor, letGo } = await listeningSocket();
      const broker = launch({
        sockets: [],
        wrapper: inheriting,
        stdio: ['ignore', 'pipe', 'pipe', descriptor],
      });
      letGo();
      await broker.logged('serving');
      expect(broker.line('serving')).toMatchObject({ sockets: '', inheritedSockets: 1, transport });
      await caller(path).expectServing();
      broker.kill('SIGTERM');
      expect(await broker.ended).toEqual({ code: 0, signal: null });
      expect(existsSync(path)).toBe(true);
    });

    it('serves the paths that were asked for, too', async () => {
      const { path, descriptor, letGo } = await listeningSocket();
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = launch({
        sockets: [socket],
        wrapper: inheriting,
        stdio: ['ignore', 'pipe', 'pipe', descriptor],
      });
      letGo();
      await broker.logged('serving');
      await caller(path).expectServing();
      await caller(socket).expectServing();
    });

    it('does not start when it is something else', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const tcp = createServer();
      await new Promise<void>((resolve) => {
        tcp.listen(0, '127.0.0.1', resolve);
      });
      onTestFinished(() => {
        tcp.close();
      });
      const file = openSync('/dev/null', 'r');
      onTestFinished(() => {
        closeSync(file);
      });
      const clientSide = createConnection({ path: (await listeningSocket()).path });
      await new Promise((resolve) => clientSide.once('connect', resolve));
      onTestFinished(() => {
        clientSide.destroy();
      });
      for (const descriptor of [descriptorOf(tcp), file, descriptorOf(clientSide)]) {
        const ended = await refusal(
          over({
            sockets: [socket],
            wrapper: inheriting,
            stdio: ['ignore', 'pipe', 'pipe', descriptor],
          }),
        );
        expect(ended).toEqual({ exit: 4, code: 'SOCKET_INHERITED_UNUSABLE' });
        expect(existsSync(socket)).toBe(false);
      }
    });
  });

  describe('the log', () => {
    it('holds no byte of keys and payloads, whether calls succeed or fail', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = await serving({
        sockets: [socket],
        env: { CRYPTO_BROKER_LOG_LEVEL: 'debug' },
      });
      const client = caller(socket);
      const now = Math.floor(Date.now() / 1000);
      const ca = await makeThrowawayCa({ key: { algorithm: 'ECDSA', bits: 521 }, now });
      const request = await makeThrowawayRequest({ key: { algorithm: 'ECDSA', bits: 384 } });
      const canary = 'CANARY-in-a-payload-0123456789';
      const good = signRequest(ca.keyPem, ca.certificatePem, request.csrPem);
      expect((await client.call(SIGN_CERTIFICATE, good)).status).toBe(status.OK);
      const broken = ca.keyPem.replace('-----END', '-----ENDE');
      const ends = [
        await client.call(SIGN_CERTIFICATE, signRequest(broken, ca.certificatePem, request.csrPem)),
        await client.call(
          SIGN_CERTIFICATE,
          signRequest(request.keyPem, ca.certificatePem, request.csrPem),
        ),
        await client.call(SIGN_CERTIFICATE, signRequest(ca.keyPem, ca.keyPem, ca.keyPem)),
        await client.call(SIGN_CERTIFICATE, good.subarray(0, good.length - 5)),
        await client.call(`/${canary.repeat(200)}`, good),
      ];
      expect(ends.map((end) => end.status)).not.toContain(status.OK);
      expect((await client.hash('Default', canary)).status).toBe(status.OK);
      expect((await client.hash('Nope', canary)).status).toBe(status.INVALID_ARGUMENT);
      broker.kill('SIGTERM');
      await broker.ended;
      for (const pem of [ca.keyPem, request.keyPem, request.csrPem]) {
        for (const line of pem
          .split('\n')
          .filter((text) => text.length > 20 && !text.startsWith('-----'))) {
          expect(broker.output).not.toContain(line.slice(0, 20));
        }
      }
      expect(broker.output).not.toContain('PRIVATE KEY');
      expect(broker.output.replaceAll(/"method":"[^"]*"/g, '')).not.toContain('CANARY');
      expect(
        Math.max(...broker.lines.map(({ method }) => String(method).length)),
      ).toBeLessThanOrEqual(128);
    });

    it.each(['json', 'text'])(
      'in %s form cannot be forged by what a client sends',
      async (format) => {
        const socket = join(scratchDirectory(), 'a.sock');
        const env = { CRYPTO_BROKER_LOG_FORMAT: format };
        const broker = await serving({ sockets: [socket], env });
        const client = caller(socket);
        const forged = 'x" level=ERROR\n{"level":"ERROR"}\r\u001b[31m\u2028';
        expect((await client.hash(forged, 'abc')).status).toBe(status.INVALID_ARGUMENT);
        broker.kill('SIGTERM');
        await broker.ended;
        const lines = broker.output.trimEnd().split('\n');
        const start =
          format === 'json' ? /^\{"level":"(INFO|WARN)"/ : /^time=\S+ level=(INFO|WARN) msg=/;
        for (const line of lines) expect(line).toMatch(start);
        expect(broker.output).toMatch(/^[\x20-\x7e\n]*$/);
      },
    );

    it('does not hold up the server when nobody reads it, nor when its reader has gone', async () => {
      for (const gone of [false, true]) {
        const socket = join(scratchDirectory(), 'a.sock');
        const broker = launch({ sockets: [socket], stdio: ['ignore', 'pipe', 'ignore'] });
        await broker.logged('serving');
        if (gone) broker.child.stdout?.destroy();
        else broker.child.stdout?.removeAllListeners('data').pause();
        const client = caller(socket);
        // More than the 64 KiB that a pipe holds.
        for (let round = 0; round < 10; round += 1) {
          await Promise.all(Array.from({ length: 50 }, () => client.hash('Default', 'abc')));
        }
        await client.expectServing();
        broker.kill('SIGTERM');
        const { code } = await new Promise<{ code: number | null }>((resolve) => {
          broker.child.once('exit', (exit) => {
            resolve({ code: exit });
          });
        });
        expect(code).toBe(0);
      }
    });
  });

  describe('a process without file descriptors', () => {
    it('does not spin, and serves again when some are free', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = await serving({ sockets: [socket] });
      await caller(socket).expectServing();
      // A start needs more of them than can be said beforehand: ten more than it has by now.
      leaveDescriptors(broker.child.pid, 10);
      const connections = Array.from({ length: 100 }, () => {
        const connection = createConnection({ path: socket });
        connection.on('error', () => undefined);
        return connection;
      });
      const closed = connections.map(
        (connection) => new Promise((resolve) => connection.once('close', resolve).resume()),
      );
      // There is none left for this one.
      await Promise.race(closed);
      // What a start still has to do may go on for a while; a loop that spins does so for ever.
      await expect
        .poll(async () => await shareOfTime(broker.child.pid, 500), { timeout: 15_000 })
        .toBeLessThan(0.3);
      for (const connection of connections) connection.destroy();
      await Promise.all(closed);
      // The server has to notice that they are free.
      await expect.poll(async () => await serves(socket), { timeout: 15_000 }).toBe(true);
    });
  });

  describe('hostile connections', () => {
    it('cost themselves: garbage, a preface alone, a flood of pings and of resets', async () => {
      const socket = join(scratchDirectory(), 'a.sock');
      const broker = await serving({ sockets: [socket] });
      const client = caller(socket);
      const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
      const ping = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
      const hostile = [
        Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
        Buffer.alloc(100_000, 0xff),
        preface,
        Buffer.concat([preface, settings, ...Array.from({ length: 5000 }, () => ping)]),
        Buffer.concat([preface, settings, Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])]),
      ];
      for (const bytes of hostile) {
        const connection = createConnection({ path: socket });
        connection.on('error', () => undefined);
        connection.on('data', () => undefined);
        connection.write(bytes);
        await client.expectServing();
        connection.destroy();
      }
      const session = rawSession(socket);
      for (let index = 0; index < 2000 && !session.closed; index += 1) {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/x',
          'content-type': 'application/grpc',
        });
        stream.on('error', () => undefined);
        stream.close(8);
      }
      await client.expectServing();
      expect(broker.child.exitCode).toBeNull();
    });
  });
});

function signRequest(key: string, certificate: string, csr: string): Uint8Array {
  return SignCertificateRequest.encode({
    profile: 'Default',
    csr: Buffer.from(csr),
    caPrivateKey: Buffer.from(key),
    caCert: Buffer.from(certificate),
    metadata: undefined,
    crlDistributionPoints: [],
    outputFormat: 0,
  }).finish();
}

/** A socket file whose server has died. */
async function deadSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen({ path: `${path}.x` }, resolve);
  });
  linkSync(`${path}.x`, path);
  await new Promise((resolve) => server.close(resolve));
}

/** Lets a process have so many more file descriptors than it has now. */
function leaveDescriptors(pid: number | undefined, more: number): void {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  // The limit is one of their numbers, and a new one gets the lowest that is free.
  let limit = 0;
  for (let free = 0; free < more; limit += 1) if (!used.has(limit)) free += 1;
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:${limit}`]);
}

/**
 * The share of some milliseconds in which the threads of a process ran or, on a machine that has other things to do, waited
 * to run (the first two fields of schedstat, in nanoseconds); 1 or more: somebody never slept.
 */
async function shareOfTime(pid: number | undefined, milliseconds: number): Promise<number> {
  const awake = (): number =>
    readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' '))
      .reduce((sum, [ran, waited]) => sum + Number(ran) + Number(waited), 0);
  const before = awake();
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return (awake() - before) / 1e6 / (performance.now() - startedAt);
}

async function serves(socket: string): Promise<boolean> {
  const client = new GrpcCaller(socket);
  try {
    await client.expectServing();
    return true;
  } catch {
    return false;
  } finally {
    client.close();
  }
}

/** A listening Unix socket as a service manager makes one: its path stays when it is let go of. */
async function listeningSocket(): Promise<{ path: string; descriptor: number; letGo: () => void }> {
  const path = join(scratchDirectory(), 'inherited.sock');
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen({ path: `${path}.x` }, resolve);
  });
  // Closing it removes the first name only.
  linkSync(`${path}.x`, path);
  const letGo = (): void => {
    server.close();
  };
  onTestFinished(letGo);
  return { path, descriptor: descriptorOf(server), letGo };
}

/** The descriptor of a server or connection of node:net, which has no public name. */
function descriptorOf(holder: Server | Socket): number {
  return (holder as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
