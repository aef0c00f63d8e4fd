import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect as connectTcp, Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { KmipPort } from '../../../../src/gateway/listener/kmip-port.ts';
import { deferred } from '../../../support/deferred.ts';
import { expectFailure } from '../../../support/failures.ts';
import {
  acmeCa,
  ask,
  clientCertificate,
  closed,
  dial,
  emptyRequest,
  LIMITS,
  nextResponse,
  openPort,
  otherCa,
  REAL_CLOCK,
  serverCertificate,
  trustIn,
  writePortFiles,
} from '../../../support/gateway/open-port.ts';
import { TestLog } from '../../../support/gateway/key-side.ts';
import { makeCa, makeCertificate } from '../../../support/handmade-certificates.ts';
import { scratchDirectory } from '../../../support/scratch.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { readMetrics } from '../../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../../support/telemetry/test-metrics.ts';

const client = clientCertificate();

/** A TCP connection that says no TLS. */
async function tcp(port: number): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const refusedFor = (reason: string): string =>
  `krypton_kmip_connections_refused_total{reason="${reason}"}`;

describe('the KMIP port', () => {
  it.each(['TLSv1.3', 'TLSv1.2'] as const)(
    'serves a client whom a rule knows over %s',
    async (version) => {
      const { port, served, faults } = await openPort();
      const socket = await dial(port, client, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      for (let count = 0; count < 3; count += 1) expect((await ask(socket)).status).toBe(0);
      expect(served).toEqual(Array(3).fill('spiffe://acme/app'));
      expect(faults).toEqual([]);
    },
  );

  it('has an RSA and an EC certificate side by side', async () => {
    const [rsa, ec] = [serverCertificate(2048), serverCertificate()];
    const { port } = await openPort({ certificates: [rsa, ec] });
    for (const [kind, certificate] of [
      ['RSA', rsa],
      ['ECDSA', ec],
    ] as const) {
      const socket = await dial(port, client, {
        maxVersion: 'TLSv1.2',
        ciphers: `ECDHE-${kind}-AES256-GCM-SHA384`,
      });
      expect(socket.getPeerCertificate().raw).toEqual(certificate.der);
      expect((await ask(socket)).status).toBe(0);
    }
  });

  it('answers a client that has closed its half', async () => {
    const { port } = await openPort();
    const socket = await dial(port, client);
    const response = nextResponse(socket);
    socket.end(emptyRequest());
    expect((await response).items[0]?.status).toBe(0);
  });

  it.each([
    ['without a certificate', undefined],
    [
      'with a certificate of a CA that no tenant has',
      clientCertificate('spiffe://acme/a', makeCa('x')),
    ],
    ['with a certificate of its own making', makeCertificate()],
    [
      'with a certificate of a CA of the same name',
      clientCertificate('spiffe://acme/a', makeCa('acme root')),
    ],
  ])('says nothing to a client %s', async (_what, certificate) => {
    const { port, served, log, metrics } = await openPort();
    const socket = await dial(port, certificate).catch(() => undefined);
    socket?.write(emptyRequest());
    if (socket !== undefined) expect(await closed(socket)).toBe(0);
    expect(served).toEqual([]);
    expect(log.with('info', 'TLS handshake with a KMIP client failed')).toHaveLength(1);
    expect(await readMetrics(metrics)).toMatchObject({ [refusedFor('handshake')]: 1 });
  });

  it.each([
    ['whom no rule knows', clientCertificate('spiffe://acme.evil/app')],
    ['with two identities', clientCertificate(['spiffe://acme/app', 'spiffe://acme/b'])],
    ['of another tenant’s CA', clientCertificate('spiffe://acme/app', otherCa)],
  ])('tells a client %s that it is not accepted, and closes', async (_what, certificate) => {
    const trust = [trustIn('acme', acmeCa), trustIn('other', otherCa)];
    const { port, served, log, metrics } = await openPort({ trust });
    const socket = await dial(port, certificate);
    const { status, reason, message } = await ask(socket);
    expect([status, reason, message]).toEqual([1, 3, 'the client certificate is not accepted']);
    await closed(socket);
    expect(served).toEqual([]);
    expect(log.with('warn', 'KMIP client refused')).toHaveLength(1);
    expect(await readMetrics(metrics)).toMatchObject({ [refusedFor('identity')]: 1 });
  });

  it('lets nobody in as long as nobody is trusted', async () => {
    const { port, kmip } = await openPort({ trust: [] });
    const refused = await dial(port, client);
    refused.write(emptyRequest());
    expect(await closed(refused)).toBe(0);
    kmip.setTrust([trustIn('acme', acmeCa)]);
    expect((await ask(await dial(port, client))).status).toBe(0);
  });

  it.each([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['a suite without AES-GCM', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
    ['a suite without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384' }],
    ['a curve of its own', { ecdhCurve: 'X25519' }],
  ] as const)('refuses %s', async (_what, options) => {
    const { port, log } = await openPort({
      certificates: [serverCertificate(2048), serverCertificate()],
    });
    await expect(dial(port, client, options)).rejects.toThrow();
    await waitFor(() => {
      expect(log.with('info', 'TLS handshake with a KMIP client failed')).toHaveLength(1);
    });
  });

  it('resumes no session and renegotiates nothing', async () => {
    const { port } = await openPort();
    const first = await dial(port, client, { maxVersion: 'TLSv1.2' });
    await ask(first);
    const session = first.getSession();
    if (session === undefined) throw new Error('no session');
    const second = await dial(port, client, { maxVersion: 'TLSv1.2', session });
    expect(second.isSessionReused()).toBe(false);
    await ask(second);

    const third = await dial(port, client);
    const tickets: Buffer[] = [];
    third.on('session', (ticket: Buffer) => tickets.push(ticket));
    await ask(third);
    for (const ticket of tickets) {
      const again = await dial(port, client, { session: ticket });
      expect(again.isSessionReused()).toBe(false);
    }

    const renegotiated = new Promise((resolve) => {
      first.renegotiate({}, resolve);
      first.on('error', resolve);
      first.on('close', () => {
        resolve(new Error('closed'));
      });
    });
    expect(await renegotiated).toBeInstanceOf(Error);
  });
});

describe('slow and silent peers', () => {
  const PATIENCE = 200;

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a greeting', Buffer.from('16030102000100', 'hex')],
    ['a record of zeros', Buffer.alloc(64)],
  ])('that say %s are dropped, others do not notice', async (_what, bytes) => {
    const { port, log } = await openPort({ limits: { handshakeTimeoutMs: PATIENCE } });
    const healthy = await dial(port, client);
    const silent = await Promise.all(Array.from({ length: 20 }, () => tcp(port)));
    const ends = silent.map((socket) => once(socket.resume(), 'close'));
    for (const socket of silent) socket.write(bytes);
    expect((await ask(healthy)).status).toBe(0);
    await Promise.all(ends);
    expect((await ask(healthy)).status).toBe(0);
    await waitFor(() => {
      expect(log.with('info', 'TLS handshake with a KMIP client failed')).toHaveLength(20);
    });
  });

  it('that drip a handshake are dropped at the same time as those that stop', async () => {
    const { port, log } = await openPort({ limits: { handshakeTimeoutMs: PATIENCE } });
    const socket = await tcp(port);
    const started = performance.now();
    const drip = setInterval(() => socket.write(Buffer.of(0x16)), 20);
    onTestFinished(() => {
      clearInterval(drip);
    });
    await once(socket.resume(), 'close');
    expect(performance.now() - started).toBeLessThan(PATIENCE * 10);
    expect(log.lines.join()).toContain('"reason":"');
  });

  it('leave their places to others', async () => {
    const connections = { ...LIMITS.connections, connections: 5 };
    const limits = { handshakeTimeoutMs: PATIENCE, connections };
    const { port } = await openPort({ limits });
    const silent = await Promise.all(Array.from({ length: 5 }, () => tcp(port)));
    await expect(dial(port, client)).rejects.toThrow();
    await Promise.all(silent.map((socket) => once(socket.resume(), 'close')));
    expect((await ask(await dial(port, client))).status).toBe(0);
  });

  it('do not use more than so many handshakes, and give the oldest up for a newcomer', async () => {
    const { port, log, metrics } = await openPort({ limits: { handshakes: 3 } });
    const silent: Socket[] = [];
    for (let index = 0; index < 3; index += 1) silent.push(await tcp(port));
    const [oldest, ...others] = silent;
    const ended = oldest && once(oldest.resume(), 'close');
    expect((await ask(await dial(port, client))).status).toBe(0);
    await ended;
    expect(log.lines.join()).toContain('too many handshakes');
    expect(await readMetrics(metrics)).toMatchObject({ [refusedFor('limit')]: 1 });
    expect(others.map(({ closed }) => closed)).toEqual([false, false]);
    for (const socket of others) socket.destroy();
    await waitFor(() => {
      expect(log.with('info', 'TLS handshake with a KMIP client failed')).toHaveLength(3);
    });
  });

  it('that come and go leave nothing behind', async () => {
    const connections = { ...LIMITS.connections, connections: 30, connectionsPerIdentity: 15 };
    const { port, log } = await openPort({ limits: { connections } });
    for (let round = 1; round <= 3; round += 1) {
      for (let count = 0; count < 10; count += 1) {
        const socket = await dial(port, client);
        if (count % 2 === 0) await ask(socket);
        socket.destroy();
        (await tcp(port)).destroy();
      }
      // A client that leaves before the server has seen all of the handshake counts as one that did not come.
      await waitFor(() => {
        const ended = log.lines.filter((line) => /disconnected|handshake/.test(line));
        expect(ended).toHaveLength(20 * round);
      });
    }
  });
});

describe('limits of one client', () => {
  it('refuse a connection too many with a reason', async () => {
    const connections = { ...LIMITS.connections, connectionsPerIdentity: 2 };
    const { port } = await openPort({ limits: { connections } });
    const open = [await dial(port, client), await dial(port, client)];
    for (const socket of open) expect((await ask(socket)).status).toBe(0);
    const third = await dial(port, client);
    expect(await ask(third)).toMatchObject({
      status: 1,
      message: 'too many connections, try again later',
    });
    await closed(third);
    const other = await dial(port, clientCertificate('spiffe://acme/other'));
    expect((await ask(other)).status).toBe(0);
  });
});

describe('certificate and trust files', () => {
  it('are read again, and open connections go on', async () => {
    const before = serverCertificate();
    const { kmip, port, directory, log } = await openPort({ certificates: [before] });
    const old = await dial(port, client);
    const after = serverCertificate();
    writePortFiles(directory, after);
    kmip.reload();
    expect((await dial(port, client)).getPeerCertificate().raw).toEqual(after.der);
    expect((await ask(old)).status).toBe(0);
    expect(old.getPeerCertificate().raw).toEqual(before.der);
    expect(log.with('info', 'certificates of the KMIP port reloaded')).toHaveLength(1);
    kmip.reload();
    expect(log.with('info', 'certificates of the KMIP port reloaded')).toHaveLength(1);
  });

  it('are looked at every so often', async () => {
    const { port, directory, log } = await openPort({ limits: { reloadIntervalMs: 20 } });
    const after = serverCertificate();
    writePortFiles(directory, after);
    await waitFor(() => {
      expect(log.with('info', 'certificates of the KMIP port reloaded')).not.toHaveLength(0);
    });
    expect((await dial(port, client)).getPeerCertificate().raw).toEqual(after.der);
  });

  it.each([
    [
      'absent',
      (path: string) => {
        rmSync(path);
      },
    ],
    [
      'empty',
      (path: string) => {
        writeFileSync(path, '');
      },
    ],
    [
      'half a file',
      (path: string) => {
        writeFileSync(path, serverCertificate().pem.slice(0, 200));
      },
    ],
    [
      'another certificate than the key’s',
      (path: string) => {
        writeFileSync(path, serverCertificate().pem);
      },
    ],
    [
      'far too long',
      (path: string) => {
        writeFileSync(path, Buffer.alloc(300_000, 0x20));
      },
    ],
  ])('that are %s change nothing, and are complained about once', async (_what, spoil) => {
    const { kmip, port, files, log } = await openPort();
    const [identity] = files.identities;
    if (identity === undefined) throw new Error('no identity');
    spoil(identity.certFile);
    kmip.reload();
    kmip.reload();
    expect(log.with('error', 'certificates of the KMIP port not reloaded')).toHaveLength(1);
    expect((await ask(await dial(port, client))).status).toBe(0);
    writePortFiles(join(identity.certFile, '..'), serverCertificate());
    kmip.reload();
    expect(log.with('info', 'certificates of the KMIP port reloaded')).toHaveLength(1);
    expect((await ask(await dial(port, client))).status).toBe(0);
  });

  it('must fit together, and keys must not be open to others, when the port opens', async () => {
    const start = async (change: (path: { certFile: string; keyFile: string }) => void) => {
      const files = writePortFiles(scratchDirectory(), serverCertificate());
      for (const identity of files.identities) change(identity);
      const port = new KmipPort({
        ...{
          host: '127.0.0.1',
          port: 0,
          files,
          logger: new TestLog(),
          clock: REAL_CLOCK,
          metrics: testMetrics(),
        },
        limits: LIMITS,
        requests: { forClient: nobody, refuse: nobody },
        onFault: nobody,
      });
      onTestFinished(() => port.drain(0));
      await port.start();
    };
    await start(() => undefined);
    const changes = [
      ({ keyFile }: { keyFile: string }) => {
        chmodSync(keyFile, 0o644);
      },
      ({ keyFile }: { keyFile: string }) => {
        writeFileSync(keyFile, serverCertificate().keyPem);
      },
      // TLS would take it, and fail every handshake.
      ({ keyFile }: { keyFile: string }) => {
        writeFileSync(keyFile, serverCertificate(2048).keyPem);
      },
      ({ keyFile }: { keyFile: string }) => {
        writeFileSync(keyFile, 'no key');
      },
      ({ certFile }: { certFile: string }) => {
        writeFileSync(certFile, 'no certificate');
      },
      ({ certFile }: { certFile: string }) => {
        rmSync(certFile);
      },
    ];
    for (const change of changes) await expectFailure(() => start(change), 'KMIP_TLS_UNUSABLE');
  });

  it('may name further CAs for clients whose issuers are not sent', async () => {
    const sub = makeCa('acme sub', { issuer: acmeCa });
    const certificate = clientCertificate('spiffe://acme/app', sub);
    const directory = scratchDirectory();
    const caFile = join(directory, 'sub.pem');
    writeFileSync(caFile, sub.pem);
    const { identities } = writePortFiles(directory, serverCertificate());
    const log = new TestLog();
    const kmip = new KmipPort({
      ...{
        host: '127.0.0.1',
        port: 0,
        logger: log,
        clock: REAL_CLOCK,
        limits: LIMITS,
        metrics: testMetrics(),
      },
      files: { identities, caFiles: [caFile] },
      requests: { forClient: () => ({ handle: nobody, refuse: nobody }), refuse: nobody },
      onFault: nobody,
    });
    onTestFinished(() => kmip.drain(0));
    kmip.setTrust([trustIn('acme', acmeCa)]);
    const port = await kmip.start();
    await dial(port, certificate);
    await dial(port, client);
    await waitFor(() => {
      expect(log.with('debug', 'KMIP client connected')).toHaveLength(2);
    });
  });
});

function nobody(): never {
  throw new Error('nobody asks here');
}

describe('open connections', () => {
  it('of a tenant can be closed at once, those of others go on', async () => {
    const trust = [trustIn('acme', acmeCa), trustIn('other', otherCa)];
    const { kmip, port } = await openPort({ trust });
    const mine = await dial(port, client);
    const theirs = await dial(port, clientCertificate('spiffe://other/app', otherCa));
    for (const socket of [mine, theirs]) expect((await ask(socket)).status).toBe(0);
    kmip.closeTenant('acme');
    await closed(mine);
    expect((await ask(theirs)).status).toBe(0);
  });

  it('end when the rules no longer say the same of them', async () => {
    const { kmip, port } = await openPort();
    const [kept, ended] = [
      await dial(port, clientCertificate('spiffe://acme/a/kept')),
      await dial(port, clientCertificate('spiffe://acme/b/ended')),
    ];
    for (const socket of [kept, ended]) await ask(socket);
    kmip.setTrust([trustIn('acme', acmeCa, 'a/')]);
    await closed(ended);
    expect((await ask(kept)).status).toBe(0);
    // The same rule for another service: what the connection is for has changed.
    const moved = trustIn('acme', acmeCa);
    kmip.setTrust([
      { ...moved, rules: moved.rules.map((rule) => ({ ...rule, serviceId: 'new' })) },
    ]);
    await closed(kept);
  });

  it('are closed when serving them fails from the start', async () => {
    const files = writePortFiles(scratchDirectory(), serverCertificate());
    const faults: unknown[] = [];
    const kmip = new KmipPort({
      ...{
        host: '127.0.0.1',
        port: 0,
        files,
        logger: new TestLog(),
        clock: REAL_CLOCK,
        metrics: testMetrics(),
      },
      limits: LIMITS,
      requests: { forClient: nobody, refuse: nobody },
      onFault: (error) => faults.push(error),
    });
    onTestFinished(() => kmip.drain(0));
    kmip.setTrust([trustIn('acme', acmeCa)]);
    await closed(await dial(await kmip.start(), client));
    expect(faults).toHaveLength(1);
  });

  it('are drained: the running request is answered, no other begins', async () => {
    const running = deferred();
    const began = deferred();
    const { kmip, port, served } = await openPort({
      onRequest: async () => {
        began.resolve();
        await running.promise;
      },
    });
    const busy = await dial(port, client);
    const idle = await dial(port, client);
    const response = nextResponse(busy);
    busy.write(emptyRequest());
    await began.promise;
    const drained = kmip.drain(10_000);
    await closed(idle);
    await expect(dial(port, client)).rejects.toThrow();
    running.resolve();
    expect((await response).items[0]?.status).toBe(0);
    await drained;
    expect(served).toHaveLength(1);
  });

  it('are ended when draining takes too long', async () => {
    const began = deferred();
    const { kmip, port } = await openPort({
      onRequest: async () => {
        began.resolve();
        await new Promise(() => undefined);
      },
      limits: { session: { ...LIMITS.session, requestTimeoutMs: 60_000 } },
    });
    const busy = await dial(port, client);
    busy.write(emptyRequest());
    await began.promise;
    await kmip.drain(50);
    await closed(busy);
  });
});

describe('a port', () => {
  it('survives connections that the system cannot give it', async () => {
    const listening = vi.spyOn(Server.prototype, 'listen');
    onTestFinished(() => {
      listening.mockRestore();
    });
    const { port, log } = await openPort();
    const [server] = listening.mock.contexts;
    if (!(server instanceof Server)) throw new Error('no server');
    const shortage = Object.assign(new Error('accept'), { code: 'ENOBUFS' });
    for (let count = 0; count < 3; count += 1) server.emit('error', shortage);
    expect(log.with('warn', 'the KMIP port did not take a connection')).toHaveLength(3);
    expect((await ask(await dial(port, client))).status).toBe(0);
  });

  it('that is closed takes trust that comes late for what it is', async () => {
    const { kmip } = await openPort();
    await kmip.drain(0);
    kmip.setTrust([trustIn('other', otherCa)]);
  });
});

describe('a port that is taken', () => {
  it('is said so', async () => {
    const { port } = await openPort();
    const files = writePortFiles(scratchDirectory(), serverCertificate());
    const second = new KmipPort({
      ...{
        host: '127.0.0.1',
        port,
        files,
        logger: new TestLog(),
        clock: REAL_CLOCK,
        limits: LIMITS,
        metrics: testMetrics(),
      },
      requests: { forClient: nobody, refuse: nobody },
      onFault: nobody,
    });
    await expectFailure(() => second.start(), 'KMIP_LISTEN_FAILED');
    await second.drain(0);
  });
});
