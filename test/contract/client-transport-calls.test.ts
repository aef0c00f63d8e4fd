import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, Server, ServerCredentials, status, type handleUnaryCall } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  HashDataRequest,
  HashDataResponse,
} from '../../src/generated/cryptobroker/crypto_broker.ts';
import { connect, type Client, type ConnectOptions } from '../../src/client/index.ts';
import { TRANSPORTS } from '../support/client/transports.ts';
import { deferred } from '../support/deferred.ts';

const asIs = (bytes: Buffer): Buffer => bytes;
type Handler = handleUnaryCall<Buffer, Buffer>;

/** A gRPC server that answers HashData by `handler`, without our server's code. */
async function serve(socket: string, handler: Handler): Promise<Server> {
  const server = new Server();
  const method = (path: string) => ({
    path,
    requestStream: false as const,
    responseStream: false as const,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  });
  server.addService(
    {
      HashData: method('/CryptoBroker.CryptoGrpc/HashData'),
      SignCertificate: method('/CryptoBroker.CryptoGrpc/SignCertificate'),
    },
    { HashData: handler, SignCertificate: handler },
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return server;
}

const answer = (profile: string): Buffer =>
  Buffer.from(
    HashDataResponse.encode({
      hashAlgorithm: profile,
      hashValue: { $case: 'hashValueHex', value: '00' },
      descriptor: undefined,
      metadata: undefined,
    }).finish(),
  );
const echoProfile: Handler = (call, callback) => {
  callback(null, answer(HashDataRequest.decode(call.request).profile));
};

let directory: string;
let socket: string;
let server: Server | undefined;
let client: Client;
const hash = { profile: 'P', input: 'x' };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-client-'));
  socket = join(directory, 's.sock');
});
afterEach(async () => {
  await client.close();
  server?.forceShutdown();
  server = undefined;
  rmSync(directory, { recursive: true });
});

describe.each(TRANSPORTS)('a client on a socket by %s', (transport) => {
  const connected = (options: ConnectOptions = {}): Client =>
    (client = connect({ socket, transport, ...options }));

  it('carries calls side by side over one connection', async () => {
    server = await serve(socket, echoProfile);
    connected();
    const names = Array.from({ length: 50 }, (_, index) => `P${index}`);
    const results = await Promise.all(
      names.map((profile) => client.hashData({ profile, input: 'x' })),
    );
    expect(results.map(({ algorithm }) => algorithm)).toEqual(names);
  });

  it('returns the code and the incident that the server puts into its trailers', async () => {
    server = await serve(socket, (_, callback) => {
      const metadata = new Metadata();
      metadata.set('cryptobroker-error', 'INTERNAL');
      metadata.set('cryptobroker-incident', 'i-1');
      callback({ code: status.INTERNAL, details: 'internal error, incident i-1', metadata });
    });
    await expect(connected().hashData(hash)).rejects.toMatchObject({
      code: 'INTERNAL',
      incident: 'i-1',
      status: 'INTERNAL',
      message: 'internal error, incident i-1',
    });
  });

  it('waits for a server that is still starting', async () => {
    connected();
    const hashing = client.hashData(hash);
    await untilRefused(socket);
    server = await serve(socket, echoProfile);
    await expect(hashing).resolves.toMatchObject({ algorithm: 'P' });
  });

  it('fails with UNAVAILABLE, not with a time-out, when no server comes before the deadline', async () => {
    const before = performance.now();
    await expect(connected({ deadlineMs: 150 }).hashData(hash)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no server answers on the socket',
    });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('fails at once without retries when no server is there', async () => {
    connected({ retry: false, deadlineMs: 60_000 });
    await expect(client.hashData(hash)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(client.hashData(hash)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('fails with DEADLINE_EXCEEDED when the server is too slow', async () => {
    server = await serve(socket, () => undefined);
    await expect(connected().hashData(hash, { deadlineMs: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it('cancels the call in the server when the signal aborts', async () => {
    const controller = new AbortController();
    const cancelled = deferred<true>();
    server = await serve(socket, (call) => {
      call.on('cancelled', () => {
        cancelled.resolve(true);
      });
      controller.abort();
    });
    const hashing = connected().hashData(hash, { signal: controller.signal });
    await expect(hashing).rejects.toMatchObject({ code: 'CANCELLED', status: 'CANCELLED' });
    await cancelled.promise;
  });

  it('sends nothing when the signal has aborted before', async () => {
    let calls = 0;
    server = await serve(socket, (call, callback) => {
      calls += 1;
      echoProfile(call, callback);
    });
    connected();
    await expect(client.hashData(hash, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    await client.hashData(hash);
    await expect(client.hashData(hash, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(calls).toBe(1);
  });

  it('stops waiting for a server when the signal aborts', async () => {
    const controller = new AbortController();
    const hashing = connected({ deadlineMs: 60_000 }).hashData(hash, { signal: controller.signal });
    await untilRefused(socket);
    controller.abort();
    await expect(hashing).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('finds a server again that was restarted', async () => {
    server = await serve(socket, echoProfile);
    connected();
    await client.hashData(hash);
    server.forceShutdown();
    server = await serve(socket, echoProfile);
    await expect(client.hashData(hash)).resolves.toMatchObject({ algorithm: 'P' });
  });

  it('sends a hash again, and a certificate request never, when the server dies with the request', async () => {
    let calls = 0;
    const dying: Handler = (call, callback) => {
      calls += 1;
      if (calls > 1) echoProfile(call, callback);
      else server?.forceShutdown();
    };
    server = await serve(socket, dying);
    connected();
    const signing = client.signCertificate({
      profile: 'P',
      csr: 'CSR',
      caPrivateKey: 'KEY',
      caCert: 'CERT',
    });
    await expect(signing).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 'UNAVAILABLE' });
    expect(calls).toBe(1);

    calls = 0;
    server = await serve(socket, dying);
    const hashing = client.hashData(hash);
    await untilRefused(socket);
    server = await serve(socket, dying);
    await expect(hashing).resolves.toMatchObject({ algorithm: 'P' });
    expect(calls).toBe(2);
  });

  it('lets a call under way end when it is closed, and cancels one that waits for a server', async () => {
    const arrived = deferred<() => void>();
    server = await serve(socket, (call, callback) => {
      arrived.resolve(() => {
        echoProfile(call, callback);
      });
    });
    connected();
    const hashing = client.hashData(hash);
    const reply = await arrived.promise;
    const closing = client.close();
    reply();
    await expect(hashing).resolves.toMatchObject({ algorithm: 'P' });
    await closing;

    const waiting = connect({
      socket: join(directory, 'nobody.sock'),
      deadlineMs: 60_000,
      transport,
    });
    const waitingHash = waiting.hashData(hash);
    await Promise.all([
      expect(waitingHash).rejects.toMatchObject({ code: 'CANCELLED' }),
      waiting.close(),
    ]);
  });

  it('reports something that is not a gRPC server as unavailable', async () => {
    const other = createServer((connection) => {
      connection.end('HTTP/1.1 400 Bad Request\r\n\r\n', () => connection.destroy());
    });
    await new Promise<void>((resolve) => other.listen(socket, resolve));
    await expect(connected({ deadlineMs: 500 }).hashData(hash)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await new Promise((resolve) => other.close(resolve));
  });
});

/** Resolves when a connection to the socket is refused, as the client's own attempts are then. */
async function untilRefused(path: string): Promise<void> {
  for (;;) {
    const refused = await new Promise<boolean>((resolve) => {
      const probe = connectSocket(path)
        .once('error', () => {
          resolve(true);
        })
        .once('connect', () => {
          probe.destroy();
          resolve(false);
        });
    });
    if (refused) return;
  }
}
