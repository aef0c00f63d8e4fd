import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NATIVE_PATHS } from '../../../src/data-plane/native-methods.ts';
import { closed, serverStream, unary, type Method } from '../../../src/grpc/method.ts';
import { reflectionMethods } from '../../../src/grpc/reflection.ts';
import { openUnixListeners } from '../../../src/grpc/unix/unix-listeners.ts';
import { LEAF_POLICY } from '../../support/certificate-requests.ts';
import { fakeTransport, snapshot } from '../../support/data-plane/fake-transport.ts';
import { deferred } from '../../support/deferred.ts';
import { expectFailure } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const codec = { decode: (bytes: Uint8Array) => bytes, encode: (bytes: Uint8Array) => bytes };
const echo = (path: string, secret = false): Method =>
  unary({ path, secret, ...codec, handle: (bytes) => bytes });
const HASH = '/CryptoBroker.CryptoGrpc/HashData';

describe('the methods', () => {
  const methods: readonly Method[] = [
    echo(HASH),
    echo('/a.A/Secret', true),
    serverStream({
      path: '/a.A/Watch',
      ...codec,
      handle: async function* (bytes) {
        yield await Promise.resolve(bytes);
      },
    }),
    closed('/a.A/Closed', 'closed'),
    ...reflectionMethods({ descriptorSet: Buffer.alloc(0), services: [] }),
  ];

  it('are left to the script, but for those that the addon answers by itself', () => {
    const { addon } = fakeTransport({ methods });
    expect(addon.options?.methods.map(({ path, kind, secret }) => [path, kind, secret])).toEqual([
      ['/a.A/Secret', 0, true],
      ['/a.A/Watch', 1, false],
      ['/a.A/Closed', 0, false],
      ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', 2, false],
      ['/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', 2, false],
    ]);
    expect(NATIVE_PATHS.has(HASH)).toBe(true);
  });

  it('are all left to the script where only rows are wanted', () => {
    const { addon } = fakeTransport({ methods, rowsAlone: true });
    expect(addon.options?.methods).toHaveLength(methods.length);
  });

  it('come with the limits, the services, and whether calls are logged', () => {
    expect(fakeTransport().addon.options).toMatchObject({
      services: ['Test'],
      maxConcurrentStreams: 7,
      maxConnections: 9,
      threads: 1,
      logCalls: true,
      service: 'test',
    });
    expect(fakeTransport({ logCalls: false }).addon.options).toMatchObject({ logCalls: false });
  });
});

describe('the policies', () => {
  const profiles = [
    { name: 'Hash', hashData: { algorithm: 'sha3-512' } },
    {
      name: 'Sign',
      signCertificate: { policy: LEAF_POLICY, descriptorAlgorithm: 'ecdsa-with-SHA256' },
      deprecation: { replacedBy: 'Hash', reason: 'old' },
    },
  ] as const;

  it('are there from the start, with all that does not depend on a request', () => {
    const { addon } = fakeTransport({ profiles });
    expect(addon.policies).toEqual([
      { name: 'Hash', hashData: { digest: 6, algorithm: 'sha3-512', asyncAbove: 8192 } },
      {
        name: 'Sign',
        signCertificate: { policy: {}, algorithm: 'ecdsa-with-SHA256' },
        deprecation: { replacedBy: 'Hash', reason: 'old' },
      },
    ]);
  });

  it('are replaced as a whole', () => {
    const { addon, transport } = fakeTransport({ profiles });
    transport.installPolicies(snapshot([{ name: 'New', hashData: { algorithm: 'sha-256' } }]));
    expect(addon.policies.map(({ name }) => name)).toEqual(['New']);
  });
});

describe('health', () => {
  it('is what the registry says, at once and at each change', () => {
    const { addon, health } = fakeTransport();
    expect(addon.serving).toBe(false);
    health.set('SERVING');
    expect(addon.serving).toBe(true);
    health.end();
    expect(addon.serving).toBe(false);
  });

  it('may still change when the data plane has ended', async () => {
    const { transport, health } = fakeTransport();
    await transport.drain(0);
    expect(() => {
      health.set('SERVING');
    }).not.toThrow();
  });
});

describe('reports', () => {
  it('of native calls reach the log, whatever their number', async () => {
    const { addon, lines, incidents, faults } = fakeTransport();
    addon.logs('{"a":1}\n', '{"b":2}\n', '{"c":3}\n');
    addon.fault('too many resets', 'cannot accept a connection: EMFILE');
    addon.incident({ path: HASH, incident: 'i-1', cause: 'it broke', coreFault: false });
    addon.incident({ path: HASH, incident: 'i-2', cause: 'out of service', coreFault: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lines.join('')).toBe('{"a":1}\n{"b":2}\n{"c":3}\n');
    expect(faults).toEqual([
      ['too many resets', undefined],
      ['cannot accept a connection: EMFILE', undefined],
    ]);
    expect(incidents).toMatchObject([
      { path: HASH, id: 'i-1', cause: 'it broke' },
      { id: 'i-2', coreFault: { code: 'SELF_CHECK_FAILED' } },
    ]);
    expect(incidents[0]).not.toHaveProperty('coreFault');
  });

  it('are taken in turns of the event loop: a flood of calls holds nobody else up', async () => {
    const { addon, records } = fakeTransport({ methods: [echo('/a.A/Echo')] });
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const calls = Array.from({ length: 100 }, () => addon.request('/a.A/Echo', Buffer.from('x')));
    await Promise.all(calls.map(({ ended }) => ended));
    counting = false;
    expect(records).toHaveLength(100);
    // A batch of the fake has four.
    expect(turns).toBeGreaterThan(10);
  });

  it('that make no sense are an error that ends the process, not a silent loss', () => {
    const { addon } = fakeTransport({ methods: [echo('/a.A/Echo')] });
    for (const event of [
      [9, 1, 0, 0, undefined],
      ['request', 1, 0, 0, undefined],
      [0, 1n, 0, 0, undefined],
      [0, 1, 0, 0, 'text'],
    ]) {
      expect(() => {
        addon.raw(...event);
      }).toThrow(TypeError);
      fakeTransport();
    }
  });
});

describe('the end', () => {
  it('waits for the data plane, once, and says how many calls were cut off', async () => {
    const { addon, transport } = fakeTransport();
    const drained = deferred<number>();
    addon.drained = drained.promise;
    const first = transport.drain(500);
    const second = transport.drain(0);
    drained.resolve(3);
    expect(await first).toEqual({ cutOff: 3 });
    expect(await second).toEqual({ cutOff: 3 });
    expect(addon.drains).toEqual([500]);
    expect(addon.closed).toBe(true);
  });

  it('takes what was said last', async () => {
    const { addon, transport, lines } = fakeTransport();
    const drained = deferred<number>();
    addon.drained = drained.promise;
    const done = transport.drain(500);
    drained.resolve(0);
    addon.logs('1\n', '2\n', '3\n', '4\n');
    await done;
    expect(lines.join('')).toBe('1\n2\n3\n4\n');
  });

  it('cancels what still runs, whose answer then goes nowhere', async () => {
    const gate = deferred();
    const handle = async (): Promise<Uint8Array> => {
      await gate.promise;
      return Buffer.from('late');
    };
    const { addon, transport, records } = fakeTransport({
      methods: [unary({ path: '/a.A/Slow', ...codec, handle })],
    });
    addon.request('/a.A/Slow', Buffer.from('x'));
    await transport.drain(0);
    gate.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(records).toMatchObject([{ status: 'CANCELLED' }]);
  });

  it('leaves the last figures', async () => {
    const { addon, transport } = fakeTransport({ methods: [echo('/a.A/Echo')] });
    await addon.request('/a.A/Echo', Buffer.from('x')).ended;
    await transport.drain(0);
    expect(transport.stats()).toEqual({
      connections: 1,
      runningCalls: 0,
      finishedCalls: 1,
      lostRecords: 0,
    });
  });
});

describe('sockets', () => {
  it('are handed over when they are served, and closed together', async () => {
    const { addon, transport } = fakeTransport();
    const first = await transport.bind('/a');
    const second = await transport.bind('/b');
    expect(addon.listening).toEqual([]);
    first.serve();
    second.serve();
    second.serve();
    expect(addon.listening).toEqual([101, 102]);
    first.close();
    second.close();
    expect(addon.listening).toEqual([]);
    expect(addon.closedDescriptors).toEqual([]);
  });

  it('that were never served are closed here', async () => {
    const { addon, transport } = fakeTransport();
    const socket = await transport.bind('/a');
    socket.close();
    socket.close();
    expect(addon.closedDescriptors).toEqual([101]);
  });

  it('cannot be had for the reasons of the system, each in its words', async () => {
    const { addon, transport } = fakeTransport();
    addon.bindErrors.push('EACCES');
    await expect(transport.bind('/a')).rejects.toMatchObject({ code: 'EACCES' });
    addon.bindErrors.push('ENOSPC');
    await expectFailure(
      () =>
        openUnixListeners({
          paths: [join(scratchDirectory(), 'a.sock')],
          allowSharedDirectory: false,
          uid: process.getuid?.() ?? 0,
          binder: transport,
        }),
      'SOCKET_DIRECTORY_UNUSABLE',
    );
  });

  it('are inherited only when they are sockets, and only when they listen', async () => {
    const { addon, transport } = fakeTransport();
    await expectFailure(() => transport.inherit(99_999), 'SOCKET_INHERITED_UNUSABLE');
    const file = openSync('/dev/null', 'r');
    onTestFinished(() => {
      closeSync(file);
    });
    await expectFailure(() => transport.inherit(file), 'SOCKET_INHERITED_UNUSABLE');
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen({ path: join(scratchDirectory(), 'a.sock') }, resolve);
    });
    onTestFinished(() => {
      server.close();
    });
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    addon.unusable.add(fd);
    const socket = await transport.inherit(fd);
    expect(() => {
      socket.serve();
    }).toThrow(expect.objectContaining({ code: 'SOCKET_INHERITED_UNUSABLE' }) as Error);
    socket.close();
    expect(addon.closedDescriptors).toEqual([]);
    addon.unusable.clear();
    (await transport.inherit(fd)).serve();
    expect(addon.listening).toEqual([fd]);
  });
});
