import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  openHttpEndpoint,
  type HttpEndpoint,
} from '../../../../src/telemetry/endpoint/http-endpoint.ts';
import type { ProgramHealth } from '../../../../src/telemetry/endpoint/program-health.ts';
import { MetricsRegistry } from '../../../../src/telemetry/metrics/registry.ts';
import { expectFailure } from '../../../support/failures.ts';

const opened: HttpEndpoint[] = [];
afterEach(async () => {
  for (const endpoint of opened.splice(0)) await endpoint.close();
});

async function open(health: Partial<ProgramHealth> = {}, host = '127.0.0.1') {
  const registry = new MetricsRegistry({ logger: { warn: () => undefined } });
  registry.gauge('krypton_ready', {}, () => 1);
  const endpoint = await openHttpEndpoint({
    ...{ host, port: 0, registry },
    health: { live: () => true, ready: () => true, ...health },
  });
  opened.push(endpoint);
  return endpoint;
}

async function ask(
  { address }: HttpEndpoint,
  path: string,
  { method = 'GET', headers = {}, body = '' } = {},
) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const made = request(`http://${address}`, { path, method, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      });
      made.on('error', reject);
      made.end(body);
    },
  );
}

/** Everything that a connection is sent until it ends, after these bytes. */
async function exchange({ address }: HttpEndpoint, bytes: string): Promise<string> {
  const socket = openSocket(address);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

function openSocket(address: string): Socket {
  const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

describe('the listener for metrics and probes', () => {
  it('has the metrics in the form that Prometheus reads', async () => {
    const { status, headers, body } = await ask(await open(), '/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toMatch(/^krypton_ready 1$/m);
  });

  it('answers HEAD with the same head and nothing else', async () => {
    const endpoint = await open();
    const { status, headers, body } = await ask(endpoint, '/metrics', { method: 'HEAD' });
    expect(status).toBe(200);
    expect(Number(headers['content-length'])).toBe((await ask(endpoint, '/metrics')).body.length);
    expect(body).toBe('');
  });

  it('does not mind a query, as scrapers send', async () => {
    expect((await ask(await open(), '/metrics?name=x')).status).toBe(200);
  });

  it.each<[string, Partial<ProgramHealth>, number, number]>([
    ['all is well', {}, 200, 200],
    ['it is not ready', { ready: () => false }, 200, 503],
    ['it is not live', { live: async () => Promise.resolve(false) }, 503, 200],
    ['asking fails', { ready: async () => Promise.reject(new Error('secret')) }, 200, 503],
    [
      'asking throws',
      {
        live: () => {
          throw new Error('secret');
        },
      },
      503,
      200,
    ],
    ['there is no answer', { ready: async () => new Promise(() => undefined) }, 200, 503],
  ])('tells orchestrators when %s', async (_, health, live, ready) => {
    const endpoint = await open(health);
    const answers = [await ask(endpoint, '/livez'), await ask(endpoint, '/readyz')];
    expect(answers.map(({ status }) => status)).toEqual([live, ready]);
    for (const { body } of answers) expect(body).toMatch(/^(ok|not live|not ready)\n$/);
  });

  it('cannot listen where somebody does, and says so', async () => {
    const { address } = await open();
    const registry = new MetricsRegistry({ logger: { warn: () => undefined } });
    const again = openHttpEndpoint({
      ...{ host: '127.0.0.1', port: Number(address.split(':')[1]), registry },
      health: { live: () => true, ready: () => true },
    });
    await expectFailure(async () => again, 'TELEMETRY_LISTEN_FAILED');
    await expect(again).rejects.toThrow('telemetry.listen: EADDRINUSE');
  });

  it('names an address of IPv6 in brackets', async () => {
    const endpoint = await open({}, '::1');
    expect(endpoint.address).toMatch(/^\[::1\]:\d+$/);
    expect((await ask(endpoint, '/livez')).status).toBe(200);
  });
});

describe('a request that is not of its kind', () => {
  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])(
    'is refused: %s',
    async (method) => {
      const { status, headers, body } = await ask(await open(), '/metrics', { method });
      expect(status).toBe(405);
      expect(headers['allow']).toBe('GET, HEAD');
      expect(body).toBe('only GET and HEAD\n');
    },
  );

  it.each(['/', '/metrics/', '/METRICS', '//metrics', '/%6detrics', '/../metrics', '/<script>'])(
    'has no answer but that there is none: %s',
    async (path) => {
      const { status, body, headers } = await ask(await open(), path);
      expect(status).toBe(404);
      expect(body).toBe('not found\n');
      expect(JSON.stringify(headers)).not.toContain('script');
    },
  );

  it('is refused with a body, which is not read', async () => {
    const endpoint = await open();
    const answer = await exchange(
      endpoint,
      'GET /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    const chunked = 'GET /livez HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await exchange(endpoint, chunked)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it.each([
    ['that is no HTTP', 'hello\r\n\r\n', 400],
    ['with headers that are too long', `GET / HTTP/1.1\r\nx: ${'y'.repeat(9000)}\r\n\r\n`, 431],
    [
      'with two lengths',
      'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
    ],
    ['without a host', 'GET /livez HTTP/1.1\r\n\r\n', 400],
  ])('ends its connection: one %s', async (_, bytes, status) => {
    const answer = await exchange(await open(), bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toContain('yyy');
  });

  it('that is never finished is given up after some seconds', async () => {
    const endpoint = await open();
    const began = performance.now();
    const answer = await exchange(endpoint, 'GET /metrics HTTP/1.1\r\nhost: x\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - began).toBeLessThan(8000);
  }, 12_000);

  it('of too many connections is not taken, and the others go on', async () => {
    const endpoint = await open();
    const sockets = Array.from({ length: 32 }, () => openSocket(endpoint.address));
    await Promise.all(
      sockets.map(async (socket) => new Promise((done) => socket.once('connect', done))),
    );
    await expect(ask(endpoint, '/livez')).rejects.toThrow(/ECONNRESET|socket hang up/);
    sockets[0]?.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    await expect
      .poll(async () => (await ask(endpoint, '/livez').catch(() => undefined))?.status)
      .toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('does not keep the listener from closing', async () => {
    const endpoint = await open();
    const socket = openSocket(endpoint.address);
    await new Promise((done) => socket.once('connect', done));
    await endpoint.close();
    opened.splice(0);
  });
});
