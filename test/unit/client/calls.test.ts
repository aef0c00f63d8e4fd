import { describe, expect, it } from 'vitest';
import {
  HashDataResponse,
  BenchmarkResponse,
} from '../../../src/generated/cryptobroker/crypto_broker.ts';
import {
  HealthCheckRequest,
  HealthCheckResponse,
} from '../../../src/generated/grpc/health/v1/health.ts';
import { BrokerError, CallError } from '../../../src/client/index.ts';
import { TransportFailure } from '../../../src/client/transport.ts';
import type { GrpcStatusName } from '../../../src/client/status.ts';
import { clientOver, FakeTransport } from './fake-transport.ts';

const hash = { profile: 'P', input: 'x' };
const sign = { profile: 'P', csr: 'CSR', caPrivateKey: 'KEY', caCert: 'CERT' };
const hashAnswer = HashDataResponse.encode({
  hashAlgorithm: 'sha-256',
  hashValue: { $case: 'hashValueHex', value: '00' },
  descriptor: undefined,
  metadata: undefined,
}).finish();

/** Fails the first `failures` times with `failure`, then answers a hash. */
function failing(failure: Error, failures = Infinity): FakeTransport {
  let left = failures;
  return new FakeTransport(() => {
    if (left <= 0) return hashAnswer;
    left -= 1;
    throw failure;
  });
}

const broken = new TransportFailure('UNAVAILABLE', 'Connection dropped');

describe('a failed call', () => {
  it('is a BrokerError with the code, status and incident that the server sent', async () => {
    const trailers = new Map([
      ['cryptobroker-error', 'INTERNAL'],
      ['cryptobroker-incident', 'i-42'],
    ]);
    const transport = failing(
      new TransportFailure('INTERNAL', 'internal error, incident i-42', { trailers }),
    );
    const error: unknown = await clientOver(transport)
      .hashData(hash)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BrokerError);
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({
      code: 'INTERNAL',
      status: 'INTERNAL',
      incident: 'i-42',
      message: 'internal error, incident i-42',
    });
  });

  it('keeps the code of the server apart from its status', async () => {
    const trailers = new Map([['cryptobroker-error', 'PROFILE_UNKNOWN']]);
    const text = 'could not retrieve profile, err: there is no profile: X';
    const transport = failing(new TransportFailure('INVALID_ARGUMENT', text, { trailers }));
    await expect(clientOver(transport).hashData(hash)).rejects.toMatchObject({
      code: 'PROFILE_UNKNOWN',
      status: 'INVALID_ARGUMENT',
      message: text,
    });
  });

  it.each<[GrpcStatusName, string]>([
    ['INVALID_ARGUMENT', 'INPUT_INVALID'],
    ['FAILED_PRECONDITION', 'INPUT_INVALID'],
    ['PERMISSION_DENIED', 'OPERATION_NOT_ALLOWED'],
    ['UNIMPLEMENTED', 'METHOD_UNKNOWN'],
    ['RESOURCE_EXHAUSTED', 'QUEUE_FULL'],
    ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
    ['CANCELLED', 'CANCELLED'],
    ['UNKNOWN', 'INTERNAL'],
    ['DATA_LOSS', 'INTERNAL'],
  ])('with status %s and no code, as the original answers, has code %s', async (status, code) => {
    const transport = failing(new TransportFailure(status, 'text'));
    await expect(clientOver(transport).hashData(hash)).rejects.toMatchObject({ code, status });
  });

  it.each([
    'Received message larger than max (4194305 vs 4194304)',
    'the answer is larger than 4194304 bytes',
  ])('knows a message that a transport finds too large: %s', async (text) => {
    const transport = failing(new TransportFailure('RESOURCE_EXHAUSTED', text));
    await expect(clientOver(transport).hashData(hash)).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      status: 'RESOURCE_EXHAUSTED',
    });
  });

  it('ignores a code that is not in the table', async () => {
    const trailers = new Map([['cryptobroker-error', 'toString']]);
    const transport = failing(new TransportFailure('INVALID_ARGUMENT', 'text', { trailers }));
    await expect(clientOver(transport).hashData(hash)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });

  it('does not repeat addresses of the host that gRPC puts into its texts', async () => {
    const cause = new TransportFailure(
      'DEADLINE_EXCEEDED',
      'Deadline exceeded after 1s, remote_addr=/run/x.sock',
    );
    await expect(clientOver(failing(cause)).hashData(hash)).rejects.toMatchObject({
      message: 'the call did not end before its deadline',
      cause,
    });
  });

  it('is INTERNAL when the client itself is at fault', async () => {
    const transport = failing(new TypeError('oops'));
    await expect(clientOver(transport).hashData(hash)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'the call failed inside the client',
    });
  });
});

describe('retries', () => {
  it('send a hash again when the connection broke, with the same id', async () => {
    const transport = failing(broken, 2);
    await expect(clientOver(transport).hashData(hash)).resolves.toMatchObject({ hex: '00' });
    expect(transport.sent).toHaveLength(3);
    expect(transport.sent[2]?.bytes).toEqual(transport.sent[0]?.bytes);
  });

  it('end after the attempts that were allowed', async () => {
    const transport = failing(broken);
    await expect(clientOver(transport).hashData(hash)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(transport.sent).toHaveLength(3);
  });

  it('end when the next wait would pass the deadline', async () => {
    const transport = failing(broken);
    const policy = { attempts: 5, initialDelayMs: 50, maxDelayMs: 1000 };
    const client = clientOver(transport, { retry: policy, random: () => 0.5 });
    await expect(client.hashData(hash, { deadlineMs: 30 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(transport.sent).toHaveLength(1);
  });

  it('never send a certificate request again: a server may have issued the certificate', async () => {
    const transport = failing(broken);
    await expect(clientOver(transport).signCertificate(sign)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(transport.sent).toHaveLength(1);
  });

  it('leave out every failure but a broken connection', async () => {
    for (const status of [
      'INVALID_ARGUMENT',
      'RESOURCE_EXHAUSTED',
      'ABORTED',
      'DEADLINE_EXCEEDED',
      'INTERNAL',
    ] as const) {
      const transport = failing(new TransportFailure(status, 'text'));
      await expect(clientOver(transport).hashData(hash)).rejects.toThrow();
      expect(transport.sent, status).toHaveLength(1);
    }
  });

  it('leave out a server that was waited for until the deadline', async () => {
    const transport = failing(
      new TransportFailure('UNAVAILABLE', 'no connection', { neverSent: true }),
    );
    await expect(clientOver(transport).hashData(hash)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no server answers on the socket',
    });
    expect(transport.sent).toHaveLength(1);
  });

  it('do not happen when they are switched off, and the transport is told not to wait', async () => {
    const transport = failing(broken);
    const client = clientOver(transport, { retry: undefined });
    await expect(client.hashData(hash)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(transport.only().call.waitForServer).toBe(false);
  });

  it('stop waiting when the call is cancelled', async () => {
    const controller = new AbortController();
    let sent = 0;
    const transport = new FakeTransport(({ call }) => {
      sent += 1;
      if (call.signal?.aborted === true)
        throw new TransportFailure('CANCELLED', 'cancelled', { neverSent: true });
      queueMicrotask(() => {
        controller.abort();
      });
      throw broken;
    });
    const policy = { attempts: 3, initialDelayMs: 60_000, maxDelayMs: 60_000 };
    const client = clientOver(transport, { retry: policy, deadlineMs: 1_000_000 });
    const hashing = client.hashData(hash, { signal: controller.signal });
    await expect(hashing).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(sent).toBe(2);
  });
});

describe('deadlines', () => {
  it('count from the time of the call, and the one of the call wins', async () => {
    const transport = failing(broken, 0);
    const client = clientOver(transport);
    await client.hashData(hash);
    await client.hashData(hash, { deadlineMs: 5 });
    expect(transport.sent.map(({ call }) => call.deadline)).toEqual([1_010_000, 1_000_005]);
  });

  it.each([0, -1, NaN, Infinity, 2 ** 31, '5'])(
    'of %s milliseconds are refused',
    async (deadlineMs) => {
      const transport = failing(broken, 0);
      const hashing = clientOver(transport).hashData(hash, { deadlineMs: deadlineMs as never });
      await expect(hashing).rejects.toMatchObject({ code: 'INPUT_INVALID', field: 'deadlineMs' });
      expect(transport.sent).toHaveLength(0);
    },
  );
});

it('a call without a request object is refused like any other mistake', async () => {
  const transport = failing(broken, 0);
  const client = clientOver(transport);
  for (const request of [undefined, null, 'text']) {
    await expect(client.hashData(request as never)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      field: 'request',
    });
  }
  expect(transport.sent).toHaveLength(0);
});

describe('health', () => {
  const answering = (status: 0 | 1 | 2 | 3): FakeTransport =>
    new FakeTransport(() => HealthCheckResponse.encode({ status }).finish());

  it.each([
    [1, 'SERVING'],
    [2, 'NOT_SERVING'],
    [0, 'UNKNOWN'],
    [3, 'UNKNOWN'],
  ] as const)('reads wire status %d as %s', async (status, text) => {
    await expect(clientOver(answering(status)).health()).resolves.toBe(text);
  });

  it('asks about the server as a whole, or about one service', async () => {
    const transport = answering(1);
    const client = clientOver(transport);
    await client.health();
    await client.health({ service: 'CryptoBroker.CryptoGrpc' });
    expect(transport.sent.map(({ bytes }) => HealthCheckRequest.decode(bytes).service)).toEqual([
      '',
      'CryptoBroker.CryptoGrpc',
    ]);
    expect(transport.sent[0]?.path).toBe('/grpc.health.v1.Health/Check');
  });
});

describe('benchmarkData', () => {
  const answering = (benchmarkResults: string): FakeTransport =>
    new FakeTransport(() =>
      BenchmarkResponse.encode({ benchmarkResults, metadata: undefined }).finish(),
    );

  it('returns the timings, and allows the server a minute by default', async () => {
    const transport = answering('{"results":[{"name":"Hash","avgTime":250}]}');
    const { results } = await clientOver(transport).benchmarkData();
    expect(results).toEqual([{ name: 'Hash', avgTime: 250 }]);
    expect(transport.only().call.deadline).toBe(1_060_000);
    expect(transport.only().path).toBe('/CryptoBroker.CryptoGrpcDev/Benchmark');
  });

  it.each([
    '',
    'null',
    '[]',
    '{"results":{}}',
    '{"results":[{"name":1,"avgTime":2}]}',
    '{"results":[null]}',
  ])('reports %j as malformed', async (text) => {
    await expect(clientOver(answering(text)).benchmarkData()).rejects.toMatchObject({
      code: 'RESPONSE_MALFORMED',
    });
  });
});

describe('close', () => {
  it('refuses later calls, and may be called twice', async () => {
    const transport = failing(broken, 0);
    const client = clientOver(transport);
    await client.close();
    await client.close();
    await expect(client.hashData(hash)).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'the client is closed',
    });
    expect(transport.sent).toHaveLength(0);
  });

  it('resolves when the calls under way have ended', async () => {
    let answer: (bytes: Uint8Array) => void = () => undefined;
    const transport = new FakeTransport(() => new Promise((resolve) => (answer = resolve)));
    const client = clientOver(transport);
    const order: string[] = [];
    const hashing = client.hashData(hash).then(() => order.push('answered'));
    const closing = client.close().then(() => order.push('closed'));
    expect(transport.closed).toBe(1);
    answer(hashAnswer);
    await Promise.all([hashing, closing]);
    expect(order).toEqual(['answered', 'closed']);
  });
});
