import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseLoadOutput } from '../../../../bench/broker/clients/load-result.ts';
import { buildLoadPrograms } from '../../../../bench/broker/programs/load-programs.ts';
import { startFloor } from '../../../../bench/broker/subjects/floor.ts';
import { runProgram } from '../../../../bench/harness/run-program.ts';
import type { Built } from '../../../interop/support/go-programs.ts';
import { announceSkip } from '../../../support/environment.ts';

const BUILD_DEPS = fileURLToPath(new URL('../../../../scripts/build-deps.mjs', import.meta.url));

/** Compiling takes ten seconds where nobody else works. */
const BUILD_MS = 180_000;

const directory = mkdtempSync(join(tmpdir(), 'bench-load-client-'));
const socket = join(directory, 'server.sock');
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};

const nghttp2 = spawnSync(process.execPath, [BUILD_DEPS, '--print-dir', 'nghttp2'], {
  encoding: 'utf8',
  timeout: BUILD_MS,
}).stdout.trim();
const programs = buildLoadPrograms(nghttp2);
const missing = Object.values(programs).find((program) => 'missing' in program);
if (missing !== undefined) announceSkip('the light load client', 'install a C++20 compiler (g++)');

/** What the server answers with: bytes of the body, and trailers. */
let answer: (request: Buffer) => { readonly body: Buffer; readonly trailers: object };
let server: Http2Server;

beforeAll(async () => {
  server = createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (stream.destroyed) return;
      const { body, trailers } = answer(Buffer.concat(chunks));
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ ...trailers });
      });
      stream.end(body);
    });
  });
  server.listen(socket);
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const framed = (message: string): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(Buffer.byteLength(message), 1);
  return Buffer.concat([prefix, Buffer.from(message)]);
};
const well = (message: string) => ({ body: framed(message), trailers: { 'grpc-status': '0' } });

const pathOf = (program: Built): string => {
  if ('missing' in program) throw new Error(program.missing);
  return program.path;
};

const load = async (...args: readonly string[]) =>
  parseLoadOutput(
    await runProgram(
      [
        ...([
          pathOf(programs.loadClient),
          '--socket',
          socket,
          '--path',
          '/package.Service/Method',
        ] as const),
        ...['--request', file('request', 'hello'), '--seconds', '0.2', ...args],
      ],
      { what: 'the load client', limitMs: 30_000 },
    ),
  );

describe.skipIf(missing !== undefined)('the light load client', { timeout: 60_000 }, () => {
  it('sends the request it is given, framed, and measures what it took', async () => {
    const requests: Buffer[] = [];
    answer = (request) => {
      requests.push(request);
      return well('world');
    };
    const result = await load('--server-pid', String(process.pid), '--in-flight', '3');
    expect(requests.length).toBeGreaterThanOrEqual(result.requests);
    expect(requests.every((request) => request.equals(framed('hello')))).toBe(true);
    expect(result.requests).toBeGreaterThan(3);
    expect(result).toMatchObject({ requestBytes: 5, answerBytes: 5, failures: {}, late: 0 });
    expect((result.perSecond * result.seconds) / result.requests).toBeCloseTo(1, 1);
    const { p50, p90, p99, max } = result;
    expect([p50, p90, p99, max]).toEqual([p50, p90, p99, max].toSorted((a, b) => a - b));
    expect(result.serverCpu).toBeGreaterThan(0);
    expect(result.clientCpu).toBeGreaterThan(0);
  });

  it('reads its request from hexadecimal digits', async () => {
    answer = (request) => well(request.subarray(5).toString());
    const digits = file('request.hex', '68 65 6c\n6C6f');
    await load('--request', digits, '--contains', file('hello', 'hello'));
  });

  it('takes an answer of many frames for what it is', async () => {
    answer = () => well('x'.repeat(100_000));
    expect((await load()).answerBytes).toBe(100_000);
  });

  it('sends a request larger than a window', async () => {
    answer = (request) => well(String(request.byteLength));
    const large = file('large', Buffer.alloc(300_000, 1));
    await load('--request', large, '--contains', file('length', '300005'), '--in-flight', '4');
  });

  it('keeps a rate when it is told to', async () => {
    answer = () => well('world');
    const { requests, seconds } = await load(
      '--rate',
      '100',
      '--seconds',
      '1',
      '--in-flight',
      '50',
    );
    expect(requests / seconds).toBeGreaterThan(40);
    expect(requests / seconds).toBeLessThan(110);
  });

  it('counts what is answered too late apart', async () => {
    answer = () => {
      const end = performance.now() + 20;
      while (performance.now() < end);
      return well('world');
    };
    const result = await load('--deadline-ms', '5');
    expect(result.late).toBeGreaterThan(0);
    expect(result.requests).toBe(0);
  });

  it.each([
    ['another status', () => ({ ...well(''), trailers: { 'grpc-status': '13' } }), 'status 13'],
    ['no status', () => ({ ...well(''), trailers: {} }), 'without a status'],
    ['half a message', () => ({ ...well('world'), body: framed('world').subarray(0, 7) }), 'whole'],
    ['the wrong bytes', () => well('word'), 'belong in it'],
  ])('ends when an answer has %s', async (_what, given, complaint) => {
    answer = given;
    await expect(load('--contains', file('world', 'world'))).rejects.toThrow(complaint);
  });

  it('ends when an answer is not the same as the first', async () => {
    let count = 0;
    answer = () => {
      count += 1;
      return well(count < 5 ? 'same' : 'else');
    };
    await expect(load('--same-answers')).rejects.toThrow('not the same as the first');
  });

  it('counts failures where they are allowed', async () => {
    let count = 0;
    answer = () => {
      count += 1;
      return count % 2 === 0 ? well('world') : { ...well(''), trailers: { 'grpc-status': '8' } };
    };
    const { failures, requests } = await load('--allow-failures');
    expect(failures['8']).toBeGreaterThan(0);
    expect(requests).toBeGreaterThan(0);
  });

  it.each([
    [['--in-flight', '0']],
    [['--seconds', 'long']],
    [['--fast']],
    [['--request', '/no/such/file']],
    [['--rate']],
  ])('refuses %j with exit code 2', (args) => {
    const { status, stderr } = spawnSync(
      pathOf(programs.loadClient),
      ['--socket', socket, '--path', '/a/b', ...args],
      { encoding: 'utf8', timeout: 15_000 },
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: --/);
  });

  it('says so when there is no server', async () => {
    await expect(load('--socket', join(directory, 'nobody'))).rejects.toThrow('no connection');
  });
});

describe.skipIf(missing !== undefined)('the bare socket', { timeout: 60_000 }, () => {
  it('answers bytes with bytes', async () => {
    const floor = await startFloor(directory, programs);
    if ('missing' in floor) throw new Error(floor.missing);
    try {
      const result = parseLoadOutput(
        await runProgram(
          [
            ...([pathOf(programs.loadClient), '--socket', floor.socket] as const),
            ...['--request', file('bare', Buffer.alloc(151)), '--raw-answer', '212'],
            ...['--seconds', '0.2', '--server-pid', String(floor.pid)],
          ],
          { what: 'the load client', limitMs: 30_000 },
        ),
      );
      expect(result.requests).toBeGreaterThan(10);
      expect(result.serverCpu).toBeGreaterThan(0);
    } finally {
      await floor.stop();
    }
  });
});

describe.skipIf(missing !== undefined)('the flood', { timeout: 60_000 }, () => {
  it.each(['reset', 'ping', 'settings'])('of kind %s keeps its rate', async (kind) => {
    answer = () => well('');
    const output = await runProgram(
      [pathOf(programs.flood), kind, socket, '/package.Service/Method', '1000', '1'],
      { what: 'the flood', limitMs: 30_000 },
    );
    const { sent, connections } = JSON.parse(output) as { sent: number; connections: number };
    expect(sent).toBeGreaterThanOrEqual(1000);
    expect(sent).toBeLessThan(1300);
    expect(connections).toBeGreaterThan(0);
  });
});
