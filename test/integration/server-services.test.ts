import { Client, credentials, status } from '@grpc/grpc-js';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BenchmarkResponse } from '../../src/generated/cryptobroker/crypto_broker.ts';
import {
  HealthCheckRequest,
  HealthCheckResponse,
} from '../../src/generated/grpc/health/v1/health.ts';
import { waitFor } from '../support/wait-for.ts';
import { HEALTH_CHECK } from './support/grpc-caller.ts';
import { framed, grpcStatus, rawCall, rawSession, trailerOf } from './support/raw-http2.ts';
import { startTestBroker, type TestBroker, type TestBrokerOptions } from './support/test-broker.ts';
import { TRANSPORTS } from './support/transports.ts';

const named = (service: string): Uint8Array => HealthCheckRequest.encode({ service }).finish();

describe.each(TRANSPORTS)('over %s:', (transport) => {
  const start = async (options: TestBrokerOptions = {}): Promise<TestBroker> =>
    await startTestBroker({ transport, ...options });

  describe('health', () => {
    it('is SERVING for the server and for each service, and NOT_FOUND for others', async () => {
      const { caller } = await start();
      const client = caller();
      for (const service of ['', 'CryptoBroker.CryptoGrpc', 'grpc.health.v1.Health']) {
        const { response } = await client.call(HEALTH_CHECK, named(service));
        expect(HealthCheckResponse.decode(response ?? Buffer.alloc(0)).status, service).toBe(1);
      }
      for (const service of ['CryptoBroker.CryptoGrpcDev', 'nothing']) {
        expect(await client.call(HEALTH_CHECK, named(service))).toMatchObject({
          status: status.NOT_FOUND,
          code: 'SERVICE_UNKNOWN',
          details: `unknown service ${service}`,
        });
      }
    });

    it('is watched: at once, at each change, and until the server stops', async () => {
      const { caller, broker } = await start();
      const seen: number[] = [];
      for await (const message of caller().stream('/grpc.health.v1.Health/Watch', named(''))) {
        seen.push(HealthCheckResponse.decode(message).status);
        if (seen.length === 1) broker.stop(5000).catch(() => undefined);
      }
      expect(seen).toEqual([1, 2]);
    });

    it('is watched for a name that is not served, as SERVICE_UNKNOWN', async () => {
      const { caller } = await start();
      const watch = caller().stream('/grpc.health.v1.Health/Watch', named('nothing'));
      const iterator = watch[Symbol.asyncIterator]();
      const { value } = (await iterator.next()) as { value: Buffer };
      expect(HealthCheckResponse.decode(value).status).toBe(3);
      watch.cancel();
      await expect(iterator.next()).rejects.toMatchObject({ code: status.CANCELLED });
    });
  });

  describe('development methods', () => {
    it('fail four times out of five, so that retries can be tried', async () => {
      const { caller } = await start({ dev: true });
      const client = caller();
      const ends: [number, string][] = [];
      for (let index = 0; index < 10; index += 1) {
        const { status: code, details } = await client.call(
          '/CryptoBroker.CryptoGrpcDev/FakeEndpoint',
          Buffer.alloc(0),
        );
        ends.push([code, details]);
      }
      const down: [number, string] = [status.UNAVAILABLE, 'fake endpoint is temporarily down'];
      const five = [down, down, down, down, [status.OK, '']];
      expect(ends).toEqual([...five, ...five]);
    });

    it(
      'time the core, with the names and the order of the original',
      { timeout: 60_000 },
      async () => {
        const { caller } = await start({ dev: true });
        const { response } = await caller().call(
          '/CryptoBroker.CryptoGrpcDev/Benchmark',
          Buffer.alloc(0),
        );
        const { benchmarkResults } = BenchmarkResponse.decode(response ?? Buffer.alloc(0));
        expect(benchmarkResults).toMatch(
          /^\{"results":\[\{"name":"BenchmarkLibraryNative_HashSHA3_256","avgTime":\d+\},/,
        );
        const { results } = JSON.parse(benchmarkResults) as {
          results: { name: string; avgTime: number }[];
        };
        expect(results.map(({ name }) => name.replace('BenchmarkLibraryNative_', ''))).toEqual([
          'HashSHA3_256',
          'HashSHA3_384',
          'HashSHA3_512',
          'HashSHA_256',
          'HashSHA_384',
          'HashSHA_512',
          'HashSHA_512_256',
          'SignCertificate_CSR_SECP256R1_CA_RSA4096',
          'SignCertificate_CSR_SECP521R1_CA_SECP521R1',
          'SignCertificate_CSR_SECP256R1_CA_SECP384R1',
        ]);
        for (const { avgTime } of results) expect(avgTime).toBeGreaterThan(0);
      },
    );
  });

  describe('reflection', () => {
    /** Asks one reflection service for the names of all services. */
    async function listServices(socket: string, version: 'v1' | 'v1alpha'): Promise<string[]> {
      const client = new Client(`unix:${socket}`, credentials.createInsecure());
      onTestFinished(() => {
        client.close();
      });
      const same = (bytes: Buffer): Buffer => bytes;
      const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
      const call = client.makeBidiStreamRequest(path, same, same);
      // ServerReflectionRequest.list_services = 7
      call.end(Buffer.from(new BinaryWriter().uint32(58).string('*').finish()), undefined);
      const names: string[] = [];
      for await (const message of call as AsyncIterable<Buffer>)
        names.push(...serviceNames(message));
      return names;
    }

    /** ServerReflectionResponse.list_services_response = 6, .service = 1, .name = 1 */
    function serviceNames(message: Buffer): string[] {
      const list = field(message, 6)[0] ?? Buffer.alloc(0);
      return field(list, 1).flatMap((service) =>
        field(service, 1).map((name) => Buffer.from(name).toString()),
      );
    }

    function field(message: Uint8Array, wanted: number): Uint8Array[] {
      const found: Uint8Array[] = [];
      const reader = new BinaryReader(message);
      while (reader.pos < reader.len) {
        const [number, type] = reader.tag();
        if (number === wanted && type === WireType.LengthDelimited) found.push(reader.bytes());
        else reader.skip(type);
      }
      return found;
    }

    it.each(['v1', 'v1alpha'] as const)('lists the services in version %s', async (version) => {
      const { socket } = await start();
      expect(await listServices(socket, version)).toEqual([
        'CryptoBroker.CryptoGrpc',
        'grpc.health.v1.Health',
      ]);
    });

    it('answers a stream that asks again and again, and refuses what is no request', async () => {
      const { socket, log } = await start();
      const list = framed(new BinaryWriter().uint32(58).string('*').finish());
      const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
      const many = await rawCall(rawSession(socket), {
        path,
        body: Buffer.concat(Array.from({ length: 50 }, () => list)),
      });
      expect(grpcStatus(many)).toBe(status.OK);
      const once = await rawCall(rawSession(socket), { path, body: list });
      expect(many.body.length).toBe(50 * once.body.length);
      const wrong = await rawCall(rawSession(socket), {
        path,
        body: framed(Buffer.alloc(2, 0xff)),
      });
      expect(grpcStatus(wrong)).toBe(status.INVALID_ARGUMENT);
      expect(trailerOf(wrong, 'cryptobroker-error')).toBe('MESSAGE_MALFORMED');
      const silent = await rawCall(rawSession(socket), { path });
      expect(grpcStatus(silent)).toBe(status.OK);
      const compressed = await rawCall(rawSession(socket), {
        path,
        body: framed(Buffer.from([58, 1, 42]), { compressed: 1 }),
      });
      expect(trailerOf(compressed, 'cryptobroker-error')).toBe('ENCODING_UNSUPPORTED');
      await waitFor(() => {
        expect(log.withMessage('finished call').map(({ code }) => code)).toEqual([
          'OK',
          'OK',
          'INVALID_ARGUMENT',
          'OK',
          'UNIMPLEMENTED',
        ]);
      });
    });

    it('serves others while a caller asks and does not read', async () => {
      const { socket, broker, caller } = await start();
      const session = rawSession(socket);
      const stream = session.request({
        ':method': 'POST',
        ':path': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        'content-type': 'application/grpc',
      });
      stream.on('error', () => undefined);
      // ServerReflectionRequest.file_containing_symbol = 4: some kilobytes of answer.
      const request = framed(
        new BinaryWriter().uint32(34).string('CryptoBroker.CryptoGrpc').finish(),
      );
      for (let index = 0; index < 3000; index += 1) stream.write(request);
      await waitFor(() => {
        expect(broker.stats()).toMatchObject({ connections: 1 });
      });
      await caller().expectServing();
      session.destroy();
      await waitFor(() => {
        expect(broker.stats()).toMatchObject({ runningCalls: 0 });
      });
      await caller().expectServing();
    });

    it('forgets a caller that leaves while it is being loaded', async () => {
      const { socket, broker, caller } = await start();
      const stream = rawSession(socket).request({
        ':method': 'POST',
        ':path': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        'content-type': 'application/grpc',
      });
      stream.on('error', () => undefined);
      await waitFor(() => {
        expect(broker.stats().runningCalls).toBe(1);
      });
      stream.close(8);
      await waitFor(() => {
        expect(broker.stats()).toMatchObject({ runningCalls: 0, finishedCalls: 1 });
      });
      await caller().expectServing();
    });

    it('lists the development service when it is served', async () => {
      const { socket } = await start({ dev: true });
      expect(await listServices(socket, 'v1')).toContain('CryptoBroker.CryptoGrpcDev');
    });
  });
});
