import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FLAG } from '../../src/client/lean/frames.ts';
import type { GrpcStatusName } from '../../src/client/status.ts';
import type { Transport } from '../../src/client/transport.ts';
import {
  answer,
  data,
  fakeServer,
  goaway,
  HEAD,
  headers,
  message,
  OK,
  reset,
  settings,
  wellBehaved,
  type FakeConnection,
} from '../support/client/fake-server.ts';
import {
  eventually,
  failureOf,
  METHOD,
  patient,
  TRANSPORTS,
  transportOver,
} from '../support/client/transports.ts';
import { scratchDirectory } from '../support/scratch.ts';

const request = Buffer.from('request');

describe.each(TRANSPORTS)('an answer through the %s transport', (name) => {
  /** A client of a server that answers with these bytes, given the number of the stream. */
  async function clientOf(script: (connection: FakeConnection) => void): Promise<Transport> {
    const socket = join(scratchDirectory(), 's.sock');
    await fakeServer(socket, script);
    const transport = transportOver(name, socket);
    onTestFinished(() => {
      transport.close();
    });
    return transport;
  }
  const answering = (bytes: (stream: number) => Uint8Array): Promise<Transport> =>
    clientOf((connection) => {
      connection.send(settings());
      connection.onRequest = (stream) => {
        connection.send(bytes(stream));
      };
    });

  it('is handed over as its bytes', async () => {
    const transport = await answering((stream) => answer(stream, Buffer.from('grüße')));
    expect(Buffer.from(await transport.unary(METHOD, request, patient())).toString()).toBe('grüße');
  });

  it('may be empty', async () => {
    const transport = await answering((stream) => answer(stream, Buffer.alloc(0)));
    expect((await transport.unary(METHOD, request, patient())).length).toBe(0);
  });

  it('may have four mebibytes, in many frames', async () => {
    const large = Buffer.alloc(4 * 1024 * 1024, 'x');
    const transport = await answering((stream) => {
      const framed = message(large);
      const frames: Buffer[] = [headers(stream, HEAD)];
      for (let at = 0; at < framed.length; at += 16_384) {
        frames.push(data(stream, framed.subarray(at, at + 16_384)));
      }
      return Buffer.concat([...frames, headers(stream, OK, FLAG.endStream)]);
    });
    const received = await transport.unary(METHOD, request, patient());
    expect(large.equals(received)).toBe(true);
  });

  it('may come an octet at a time', async () => {
    const transport = await clientOf((connection) => {
      connection.socket.setNoDelay(true);
      const slowly = (bytes: Buffer): void => {
        if (bytes.length === 0) return;
        connection.send(bytes.subarray(0, 1));
        setImmediate(slowly, bytes.subarray(1));
      };
      slowly(settings({ 3: 100 }));
      connection.onRequest = (stream) => {
        slowly(answer(stream));
      };
    });
    const received = await transport.unary(METHOD, request, patient());
    expect(Buffer.from(received).toString()).toBe('answer');
  });

  it('may be padded, and have an interim answer before it', async () => {
    const transport = await answering((stream) => {
      const padded = Buffer.concat([Buffer.of(3), message(Buffer.from('answer')), Buffer.alloc(3)]);
      return Buffer.concat([
        headers(stream, { ':status': '103' }),
        headers(stream, HEAD),
        data(stream, padded, FLAG.padded),
        headers(stream, OK, FLAG.endStream),
      ]);
    });
    const received = await transport.unary(METHOD, request, patient());
    expect(Buffer.from(received).toString()).toBe('answer');
  });

  it('that is a failure carries its status, its decoded text and its trailers', async () => {
    const transport = await answering((stream) =>
      headers(
        stream,
        {
          ...HEAD,
          'grpc-status': '3',
          'grpc-message': 'no %22profile%22 gr%C3%BC%C3%9Fe',
          'cryptobroker-error': 'PROFILE_UNKNOWN',
        },
        FLAG.endStream,
      ),
    );
    const failure = await failureOf(transport);
    expect(failure).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'no "profile" grüße',
      neverSent: false,
    });
    expect(failure.trailers.get('cryptobroker-error')).toBe('PROFILE_UNKNOWN');
  });

  it('that fails after its message is a failure', async () => {
    const transport = await answering((stream) =>
      Buffer.concat([
        headers(stream, HEAD),
        data(stream, message(Buffer.from('answer'))),
        headers(stream, { 'grpc-status': '13', 'grpc-message': 'late' }, FLAG.endStream),
      ]),
    );
    expect(await failureOf(transport)).toMatchObject({ status: 'INTERNAL', message: 'late' });
  });

  const trailers =
    (fields: Record<string, string>, first: Record<string, string> = HEAD) =>
    (stream: number) =>
      headers(stream, { ...first, ...fields }, FLAG.endStream);
  const body =
    (...frames: ((stream: number) => Uint8Array)[]) =>
    (stream: number) =>
      Buffer.concat([headers(stream, HEAD), ...frames.map((make) => make(stream))]);
  const good = message(Buffer.from('answer'));
  const end = (stream: number): Buffer => headers(stream, OK, FLAG.endStream);

  it.each<[string, GrpcStatusName, (stream: number) => Uint8Array]>([
    ['a status that is no number', 'UNKNOWN', trailers({ 'grpc-status': 'x' })],
    ['a status that gRPC does not know', 'UNKNOWN', trailers({ 'grpc-status': '99' })],
    ['no status', 'UNKNOWN', body((stream) => headers(stream, { other: '1' }, FLAG.endStream))],
    ['HTTP status 503', 'UNAVAILABLE', trailers({}, { ':status': '503' })],
    ['HTTP status 404', 'UNIMPLEMENTED', trailers({}, { ':status': '404' })],
    ['HTTP status 418', 'UNKNOWN', trailers({}, { ':status': '418' })],
    ['no message', 'UNIMPLEMENTED', body(end)],
    [
      'a message larger than allowed',
      'RESOURCE_EXHAUSTED',
      body((stream) => data(stream, message(Buffer.alloc(1), { length: 4 * 1024 * 1024 + 1 }))),
    ],
    [
      'a message of two gibibytes',
      'RESOURCE_EXHAUSTED',
      body((stream) => data(stream, message(Buffer.alloc(1), { length: 2 ** 31 }))),
    ],
    ['RST_STREAM with ENHANCE_YOUR_CALM', 'RESOURCE_EXHAUSTED', (stream) => reset(stream, 11)],
    ['RST_STREAM with INTERNAL_ERROR', 'INTERNAL', (stream) => reset(stream, 2)],
    ['RST_STREAM with PROTOCOL_ERROR', 'INTERNAL', (stream) => reset(stream, 1)],
    ['RST_STREAM with CANCEL', 'UNAVAILABLE', (stream) => reset(stream, 8)],
    ['RST_STREAM with INADEQUATE_SECURITY', 'PERMISSION_DENIED', (stream) => reset(stream, 12)],
  ])('with %s is %s, and the connection goes on', async (_, status, bytes) => {
    let bad = true;
    const transport = await clientOf((connection) => {
      wellBehaved(connection);
      connection.onRequest = (stream) => {
        connection.send(bad ? bytes(stream) : answer(stream));
        bad = false;
      };
    });
    expect(await failureOf(transport)).toMatchObject({ status, neverSent: false });
    const received = await transport.unary(METHOD, request, patient());
    expect(Buffer.from(received).toString()).toBe('answer');
  });

  it.each<[string, (stream: number) => Uint8Array]>([
    ['that is not gRPC', trailers({}, { ':status': '200', 'content-type': 'text/html' })],
    ['with data but no headers', (stream) => data(stream, good, FLAG.endStream)],
    ['that says it is compressed', body((s) => data(s, message(good, { compressed: 1 })), end)],
    ['that ends within its message', body((s) => data(s, good.subarray(0, 8)), end)],
    ['without an HTTP status', (s) => headers(s, { 'content-type': 'x' }, FLAG.endStream)],
    ['that ends with data', body((stream) => data(stream, good, FLAG.endStream))],
    ['with a header list beyond the limit', trailers({ x: 'y'.repeat(17_000) }, HEAD)],
    ['with a header in upper case', trailers({ 'X-Shout': '1' })],
  ])('%s is a failure, and the client goes on', async (_, bytes) => {
    let bad = true;
    const transport = await clientOf((connection) => {
      wellBehaved(connection);
      connection.onRequest = (stream) => {
        connection.send(bad ? bytes(stream) : answer(stream));
        bad = false;
      };
    });
    await failureOf(transport, patient({ ms: 1000 }));
    // grpc-js goes on to send calls on a session that it has just destroyed, for some milliseconds.
    if (name === 'grpc-js') expect(await eventually(transport)).toBe('answer');
    else
      expect(Buffer.from(await transport.unary(METHOD, request, patient())).toString()).toBe(
        'answer',
      );
  });

  it('with two messages is refused', async () => {
    const transport = await answering(
      body(
        (s) => data(s, good),
        (s) => data(s, good),
        end,
      ),
    );
    expect(await failureOf(transport, patient({ ms: 300 }))).toMatchObject({
      // grpc-js cancels such a call, and then does not notice that it has ended.
      status: name === 'grpc-js' ? 'DEADLINE_EXCEEDED' : 'UNIMPLEMENTED',
    });
  });

  it('that breaks off is a failure wherever it does, and is whole only at its end', async () => {
    const whole = answer(1);
    for (let length = 0; length <= whole.length; length += 1) {
      const transport = await clientOf((connection) => {
        connection.send(settings());
        connection.onRequest = (stream) => {
          if (stream !== 1) return;
          connection.socket.end(whole.subarray(0, length));
        };
      });
      const outcome = await transport.unary(METHOD, request, patient()).then(
        (bytes) => Buffer.from(bytes).toString(),
        (error: unknown) => (error as { status: string }).status,
      );
      expect(outcome, `${length} of ${whole.length} octets`).toBe(
        length === whole.length ? 'answer' : 'UNAVAILABLE',
      );
      transport.close();
    }
  });

  it('that the server refuses to work on is asked for once more, and no more', async () => {
    let requests = 0;
    const transport = await clientOf((connection) => {
      connection.send(settings());
      connection.onRequest = (stream) => {
        requests += 1;
        connection.send(requests === 1 ? reset(stream, 7) : answer(stream));
      };
    });
    const received = await transport.unary(METHOD, request, patient());
    expect(Buffer.from(received).toString()).toBe('answer');
    expect(requests).toBe(2);
  });

  it('that is refused for ever is UNAVAILABLE', async () => {
    let requests = 0;
    const transport = await clientOf((connection) => {
      connection.send(settings());
      connection.onRequest = (stream) => {
        requests += 1;
        connection.send(reset(stream, 7));
      };
    });
    expect(await failureOf(transport)).toMatchObject({ status: 'UNAVAILABLE', neverSent: false });
    expect(requests).toBe(2);
  });

  it('that GOAWAY says was never begun comes over the next connection', async () => {
    const transport = await clientOf((connection) => {
      if (connection.number > 1) {
        wellBehaved(connection);
        return;
      }
      connection.send(settings());
      connection.onRequest = () => {
        connection.send(goaway(0));
        connection.socket.end();
      };
    });
    const received = await transport.unary(METHOD, request, patient());
    expect(Buffer.from(received).toString()).toBe('answer');
  });

  it('under way when GOAWAY comes is waited for, while later calls take another connection', async () => {
    const over: number[] = [];
    let finish = (): void => undefined;
    const transport = await clientOf((connection) => {
      connection.send(settings());
      connection.onRequest = (stream) => {
        over.push(connection.number);
        if (connection.number > 1) {
          connection.send(answer(stream, Buffer.from('second')));
          return;
        }
        connection.send(goaway(2 ** 31 - 1));
        finish = () => {
          connection.send(goaway(stream), answer(stream, Buffer.from('first')));
        };
      };
    });
    const first = transport.unary(METHOD, request, patient());
    await expect.poll(() => over.length).toBe(1);
    // The client needs to have read GOAWAY; a call before that is sent again on the next connection.
    const second = transport.unary(METHOD, request, patient());
    await expect.poll(() => over).toContain(2);
    expect(Buffer.from(await second).toString()).toBe('second');
    finish();
    expect(Buffer.from(await first).toString()).toBe('first');
  });
});
