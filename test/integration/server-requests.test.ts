import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { compressionAlgorithms, Client, credentials, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  HashDataRequest,
  HashDataResponse,
} from '../../src/generated/cryptobroker/crypto_broker.ts';
import { HASH_DATA, hashRequest, SIGN_CERTIFICATE } from './support/grpc-caller.ts';
import { framed, grpcStatus, rawCall, rawSession, trailerOf } from './support/raw-http2.ts';
import { startTestBroker, type TestBroker, type TestBrokerOptions } from './support/test-broker.ts';
import { TRANSPORTS } from './support/transports.ts';

const MIB = 1024 * 1024;

describe.each(TRANSPORTS)('over %s:', (transport) => {
  const start = async (options: TestBrokerOptions = {}): Promise<TestBroker> =>
    await startTestBroker({ transport, ...options });

  describe('requests that are wrong', () => {
    it('answers an unknown profile with INVALID_ARGUMENT and its name in printable ASCII', async () => {
      const { caller } = await start();
      const client = caller();
      const end = await client.hash('Nope\u001b[31mü', 'abc');
      expect(end).toMatchObject({
        status: status.INVALID_ARGUMENT,
        code: 'PROFILE_UNKNOWN',
        details: 'could not retrieve profile, err: there is no profile: Nope\\u001b[31m\\u00fc',
      });
      await client.expectServing();
    });

    it('names the field and the limit, in the words of the original', async () => {
      const { caller } = await start();
      const client = caller();
      const cases: [string, Uint8Array, string][] = [
        ['', Buffer.from('x'), 'profile: required'],
        ['p'.repeat(65), Buffer.from('x'), 'profile: too large (max 64)'],
        ['Default', Buffer.alloc(MIB + 1), 'input: too large (max 1048576)'],
      ];
      for (const [profile, input, details] of cases) {
        expect(await client.hash(profile, input)).toMatchObject({
          status: status.INVALID_ARGUMENT,
          details,
        });
      }
      await client.expectServing();
    });

    it('hashes inputs of 0 bytes and of exactly 1 MiB', async () => {
      const { caller } = await start();
      const client = caller();
      expect((await client.hash('Default', '')).status).toBe(status.OK);
      expect((await client.hash('Default', Buffer.alloc(MIB))).status).toBe(status.OK);
    });

    it('answers a message over 2 MiB with INVALID_ARGUMENT, and one over 4 MiB with RESOURCE_EXHAUSTED', async () => {
      const { caller } = await start();
      const client = caller();
      expect(await client.hash('Default', Buffer.alloc(2 * MIB))).toMatchObject({
        status: status.INVALID_ARGUMENT,
        code: 'MESSAGE_TOO_LARGE',
        details: 'message: too large (max 2097152)',
      });
      expect((await client.hash('Default', Buffer.alloc(4 * MIB))).status).toBe(
        status.RESOURCE_EXHAUSTED,
      );
      await client.expectServing();
    });

    it('refuses every truncation of a valid request that ends inside a field', async () => {
      const { caller } = await start();
      const client = caller();
      const whole = HashDataRequest.encode({
        profile: 'Default',
        input: Buffer.from('abc'),
        metadata: { id: 'id', deprecation: undefined, traceContext: undefined },
        outputFormat: 0,
      }).finish();
      // The boundaries between fields, where what is left is a shorter valid message.
      const boundaries = new Set([0, 9, 14]);
      for (let length = 0; length < whole.length; length += 1) {
        const end = await client.call(HASH_DATA, whole.subarray(0, length));
        const expected = boundaries.has(length)
          ? length === 0
            ? 'FIELD_REQUIRED'
            : undefined
          : 'MESSAGE_MALFORMED';
        expect(end.code, `${length} bytes`).toBe(expected);
      }
      await client.expectServing();
    });

    it('survives random bytes in place of every request', async () => {
      const { caller, log } = await start();
      const client = caller();
      for (let round = 0; round < 200; round += 1) {
        for (const path of [HASH_DATA, SIGN_CERTIFICATE, '/grpc.health.v1.Health/Check']) {
          const end = await client.call(path, randomBytes(1 + (round % 97)));
          expect([status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND]).toContain(end.status);
        }
      }
      expect(log.withMessage('call failed inside the server')).toEqual([]);
      await client.expectServing();
    });

    it('says METHOD_UNKNOWN for a path that nobody serves', async () => {
      const { caller } = await start();
      const client = caller();
      expect(await client.call('/CryptoBroker.CryptoGrpc/Nothing', Buffer.from('x'))).toMatchObject(
        {
          status: status.UNIMPLEMENTED,
          code: 'METHOD_UNKNOWN',
          details: 'unknown method /CryptoBroker.CryptoGrpc/Nothing',
        },
      );
      await client.expectServing();
    });

    it('survives unknown paths that are long or not ASCII, with and without a body', async () => {
      const { socket, caller } = await start();
      const session = rawSession(socket);
      for (const path of ['/', `/${'a'.repeat(10_000)}`, '/\u00ff\u00fe', '/%00%0d%0a']) {
        for (const body of [undefined, framed(Buffer.alloc(300_000))]) {
          const answer = await rawCall(session, { path, ...(body && { body }) });
          expect(grpcStatus(answer)).toBe(status.UNIMPLEMENTED);
          expect(trailerOf(answer, 'cryptobroker-error')).toBe('METHOD_UNKNOWN');
        }
      }
      await caller().expectServing();
    });

    it('says METHOD_CLOSED for a development method of a server that does not serve them', async () => {
      const { caller } = await start();
      const client = caller();
      for (const method of ['Benchmark', 'FakeEndpoint']) {
        expect(
          await client.call(`/CryptoBroker.CryptoGrpcDev/${method}`, Buffer.alloc(0)),
        ).toMatchObject({
          status: status.UNIMPLEMENTED,
          code: 'METHOD_CLOSED',
        });
      }
      await client.expectServing();
    });
  });

  describe('frames that are wrong', () => {
    it('refuses a compressed message instead of inflating it', async () => {
      const { socket, caller } = await start();
      const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
        'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
      });
      onTestFinished(() => {
        client.close();
      });
      const error = await new Promise<{ code: number; details: string } | null>((resolve) => {
        const same = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest(
          HASH_DATA,
          same,
          same,
          Buffer.from(hashRequest('Default', 'abc')),
          resolve,
        );
      });
      expect(error).toMatchObject({
        code: status.UNIMPLEMENTED,
        details: 'compressed messages are not accepted',
      });
      await caller().expectServing();
    });

    it('names identity as the only encoding, and knows no other one by any name', async () => {
      const { socket, caller } = await start();
      const session = rawSession(socket);
      for (const encoding of ['gzip', 'deflate', 'br', 'identity, gzip', '', 'x'.repeat(1000)]) {
        const answer = await rawCall(session, {
          path: HASH_DATA,
          headers: { 'grpc-encoding': encoding },
          body: framed(gzipSync(hashRequest('Default', 'abc')), { compressed: 1 }),
        });
        expect(grpcStatus(answer), encoding).toBe(status.UNIMPLEMENTED);
        expect(trailerOf(answer, 'cryptobroker-error')).toBe('ENCODING_UNSUPPORTED');
        expect(trailerOf(answer, 'grpc-accept-encoding')).toBe('identity');
      }
      await caller().expectServing();
    });

    it('refuses a message whose frame says compressed although no encoding was named', async () => {
      const { socket, caller } = await start();
      const answer = await rawCall(rawSession(socket), {
        path: HASH_DATA,
        body: framed(hashRequest('Default', 'abc'), { compressed: 1 }),
      });
      expect(grpcStatus(answer)).toBe(status.UNIMPLEMENTED);
      expect(trailerOf(answer, 'cryptobroker-error')).toBe('ENCODING_UNSUPPORTED');
      await caller().expectServing();
    });

    it('ends calls whose frame is cut short, missing, doubled, or longer than anything', async () => {
      const { socket, caller } = await start();
      const session = rawSession(socket);
      const message = hashRequest('Default', 'abc');
      const bodies = [
        undefined,
        Buffer.alloc(0),
        Buffer.from([0, 0]),
        framed(message, { length: message.length + 1 }),
        Buffer.concat([framed(message), framed(message)]),
        framed(message, { length: 0x7fffffff }),
        framed(message, { length: 0xffffffff }),
      ];
      for (const body of bodies) {
        const answer = await rawCall(session, { path: HASH_DATA, ...(body && { body }) });
        expect([status.UNIMPLEMENTED, status.RESOURCE_EXHAUSTED]).toContain(grpcStatus(answer));
      }
      await caller().expectServing();
    });

    it('answers 415 to content that is not gRPC', async () => {
      const { socket, caller } = await start();
      const session = rawSession(socket);
      for (const type of [
        'application/json',
        'application/grpc-web',
        'application/grpc+json',
        '',
      ]) {
        const answer = await rawCall(session, {
          path: HASH_DATA,
          headers: { 'content-type': type },
        });
        expect(answer.headers[':status'], type).toBe(415);
      }
      await caller().expectServing();
    });

    it('accepts every spelling of the protobuf content type', async () => {
      const { socket } = await start();
      const session = rawSession(socket);
      for (const type of [
        'application/grpc',
        'application/grpc+proto',
        'application/grpc;charset=utf-8',
      ]) {
        const answer = await rawCall(session, {
          path: HASH_DATA,
          headers: { 'content-type': type },
          body: framed(hashRequest('Default', 'abc')),
        });
        expect(grpcStatus(answer), type).toBe(status.OK);
      }
    });
  });

  describe('answers', () => {
    it('carries a reply of more than 1 MiB, whatever the size of its request', async () => {
      // No method of today makes one; a profile name cannot, an echoed field is bounded: a handler of the test does.
      const { caller } = await start({
        provider: (pure) => ({
          ...pure,
          digests: { ...pure.digests, hex: () => 'a'.repeat(3 * MIB) },
        }),
      });
      const end = await caller().hash('Default', 'abc');
      expect(end.status).toBe(status.OK);
      expect(
        HashDataResponse.decode(end.response ?? Buffer.alloc(0)).hashValue?.value,
      ).toHaveLength(3 * MIB);
    });

    it('answers INTERNAL with an incident id when a handler fails, and keeps the detail for the log', async () => {
      const { caller, log } = await start({
        provider: (pure) => ({
          ...pure,
          digests: {
            ...pure.digests,
            hex: () => {
              throw new TypeError('the detail', { cause: new Error('the reason') });
            },
          },
        }),
      });
      const client = caller();
      const end = await client.hash('Default', 'abc');
      expect(end).toMatchObject({
        status: status.INTERNAL,
        code: 'INTERNAL',
        incident: 'incident-1',
        details: 'internal error, incident incident-1',
      });
      expect(log.withMessage('call failed inside the server')).toMatchObject([
        {
          incident: 'incident-1',
          method: HASH_DATA,
          cause: 'TypeError: the detail; caused by Error: the reason',
        },
      ]);
      expect((await client.call('/grpc.health.v1.Health/Check', Buffer.alloc(0))).status).toBe(
        status.OK,
      );
    });

    it.each([undefined, null, 'text', 42, Symbol('thrown')])(
      'survives a handler that throws %s',
      async (thrown) => {
        // JavaScript lets anything be thrown, whatever the types say.
        const failure = thrown as unknown as Error;
        const { caller } = await start({
          provider: (pure) => ({
            ...pure,
            digests: {
              ...pure.digests,
              hex: () => {
                throw failure;
              },
              async: () => Promise.reject(failure),
            },
          }),
        });
        const client = caller();
        expect((await client.hash('Default', 'abc')).status).toBe(status.INTERNAL);
        expect((await client.hash('Default', Buffer.alloc(MIB))).status).toBe(status.INTERNAL);
        expect((await client.call('/grpc.health.v1.Health/Check', Buffer.alloc(0))).status).toBe(
          status.OK,
        );
      },
    );
  });
});
