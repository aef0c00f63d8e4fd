import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADMISSION_HEADER, CallGate, type CallGateOptions } from '../../../src/grpc/call-gate.ts';
import type { CallRecord } from '../../../src/grpc/run-call.ts';
import {
  framed,
  rawCall,
  rawSession,
  type RawRequest,
} from '../../integration/support/raw-http2.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const PATH = '/a.Service/Method';

interface Gated {
  readonly gate: CallGate;
  readonly records: CallRecord[];
  readonly admitted: IncomingHttpHeaders[];
  readonly call: (request?: Partial<RawRequest>) => ReturnType<typeof rawCall>;
}

/** A gate before an HTTP/2 server that does with admitted streams whatever the test wants. */
async function startGate(
  serve: (stream: ServerHttp2Stream) => void,
  options: Partial<CallGateOptions> = {},
): Promise<Gated> {
  const records: CallRecord[] = [];
  const admitted: IncomingHttpHeaders[] = [];
  const gate = new CallGate({
    serves: (path) => path === PATH,
    secret: () => false,
    streams: () => false,
    policy: {
      observe: (record) => records.push(record),
      newIncident: () => 'id-1',
      monotonicMs: () => 0,
    },
    ...options,
  });
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const passed = gate.admit(stream, headers);
    if (passed === undefined) return;
    admitted.push(passed);
    stream.pause();
    serve(stream);
    gate.watch(stream, String(passed[ADMISSION_HEADER]));
  });
  const socket = join(scratchDirectory(), 'a.sock');
  await new Promise<void>((resolve) => server.listen({ path: socket }, resolve));
  onTestFinished(() => {
    server.close();
  });
  const session = rawSession(socket);
  return {
    gate,
    records,
    admitted,
    call: (request) => rawCall(session, { path: PATH, ...request }),
  };
}

const end =
  (status: number) =>
  (stream: ServerHttp2Stream): void => {
    stream.resume();
    stream.respond({ ':status': 200, 'grpc-status': status }, { endStream: true });
  };

describe('the call gate', () => {
  it('adds our code to the end of a call at its deadline, where the library has none', async () => {
    const { call } = await startGate(end(4));
    expect((await call()).headers).toMatchObject({
      'grpc-status': '4',
      'cryptobroker-error': 'DEADLINE_EXCEEDED',
    });
    const { call: inTrailers } = await startGate((stream) => {
      stream.resume();
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.once('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': 4 });
      });
      stream.end('x');
    });
    expect((await inTrailers()).trailers).toMatchObject({
      'cryptobroker-error': 'DEADLINE_EXCEEDED',
    });
    const { call: well } = await startGate(end(0));
    expect((await well()).headers).not.toHaveProperty('cryptobroker-error');
  });

  it('says which encoding is left when a message was compressed', async () => {
    const { call } = await startGate((stream) => {
      stream.resume();
      const headers = { 'grpc-status': 12, 'cryptobroker-error': 'ENCODING_UNSUPPORTED' };
      stream.respond({ ':status': 200, ...headers }, { endStream: true });
    });
    expect((await call()).headers).toMatchObject({ 'grpc-accept-encoding': 'identity' });
  });

  it('gives each call an id of its own, whatever the client sends under that name', async () => {
    const { call, admitted } = await startGate(end(0));
    await call({ headers: { [ADMISSION_HEADER]: '99' } });
    await call();
    expect(admitted.map((headers) => headers[ADMISSION_HEADER])).toEqual(['1', '2']);
  });

  it('passes a timeout on, and leaves out one that no timer can count', async () => {
    const { call, admitted } = await startGate(end(0));
    for (const timeout of ['1n', '100m', '24H', '596H', '597H', '99999999H']) {
      await call({ headers: { 'grpc-timeout': timeout } });
    }
    expect(admitted.map((headers) => headers['grpc-timeout'])).toEqual([
      '1n',
      '100m',
      '24H',
      '596H',
      undefined,
      undefined,
    ]);
  });

  it('records a call that nobody else records, with the status that was sent', async () => {
    const { call, records, gate } = await startGate(end(8));
    await call({ body: framed(Buffer.alloc(100)) });
    expect(records).toMatchObject([{ path: PATH, status: 'RESOURCE_EXHAUSTED', code: undefined }]);
    expect(gate).toMatchObject({ running: 0, finished: 1 });
  });

  it('does not record a call twice', async () => {
    const started: Gated = await startGate((stream) => {
      const call = started.gate.call('1');
      if (call !== undefined) call.handled = true;
      end(0)(stream);
    });
    await started.call();
    expect(started.records).toEqual([]);
  });

  it('records a stream that was reset as cancelled', async () => {
    const { call, records } = await startGate((stream) => {
      stream.close(8);
    });
    await call();
    expect(records).toMatchObject([{ status: 'CANCELLED', code: 'CANCELLED' }]);
  });

  it('resets the stream with which half-received requests would exceed their bound', async () => {
    const { call, records } = await startGate((stream) => stream.resume(), {
      maxPendingBytes: 10_000,
    });
    const { resetCode } = await call({ body: Buffer.alloc(20_000) });
    // ENHANCE_YOUR_CALM (RFC 9113 §7)
    expect(resetCode).toBe(11);
    expect(records).toHaveLength(1);
  });

  it('takes requests again when those that filled it have gone', async () => {
    const { call } = await startGate(
      (stream) => {
        stream.resume();
        stream.once('end', () => {
          stream.respond({ ':status': 200, 'grpc-status': 0 }, { endStream: true });
        });
      },
      { maxPendingBytes: 10_000 },
    );
    for (let round = 0; round < 5; round += 1) {
      expect((await call({ body: Buffer.alloc(9000) })).resetCode).toBe(0);
    }
  });

  it('refuses a stream beyond the limit, and takes one again when another has gone', async () => {
    const open: ServerHttp2Stream[] = [];
    const { call, records, gate } = await startGate((stream) => open.push(stream.resume()), {
      streams: () => true,
      maxStreams: 2,
    });
    const first = call();
    const second = call();
    await expect.poll(() => open.length).toBe(2);
    expect((await call()).headers).toMatchObject({
      'grpc-status': '8',
      'cryptobroker-error': 'QUEUE_FULL',
      'grpc-message': 'too%20many%20streams%20are%20open',
    });
    expect(records).toMatchObject([{ status: 'RESOURCE_EXHAUSTED', code: 'QUEUE_FULL' }]);
    open[0]?.respond({ ':status': 200, 'grpc-status': 0 }, { endStream: true });
    await first;
    await expect.poll(() => gate.running).toBe(1);
    const third = call();
    await expect.poll(() => open.length).toBe(3);
    for (const stream of open.slice(1)) {
      stream.respond({ ':status': 200, 'grpc-status': 0 }, { endStream: true });
    }
    await Promise.all([second, third]);
    await expect.poll(() => gate.running).toBe(0);
  });

  it('wipes what it saw of a request that holds a key', async () => {
    const seen: Buffer[] = [];
    const { call } = await startGate(
      (stream) => {
        stream.on('data', (chunk: Buffer) => seen.push(chunk));
        stream.once('end', () => {
          expect(Buffer.concat(seen).includes('key')).toBe(true);
          stream.respond({ ':status': 200, 'grpc-status': 0 }, { endStream: true });
        });
        stream.resume();
      },
      { secret: () => true },
    );
    await call({ body: framed(Buffer.from('a private key')) });
    await new Promise((resolve) => setImmediate(resolve));
    expect(Buffer.concat(seen)).toEqual(Buffer.alloc(5 + 13));
  });
});
