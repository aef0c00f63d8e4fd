import {
  connect,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { createConnection } from 'node:net';
import { onTestFinished } from 'vitest';

/** What came back on one HTTP/2 stream. */
export interface RawAnswer {
  readonly headers: IncomingHttpHeaders;
  /** Trailers; empty when the answer was headers alone. */
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** HTTP/2 error code the stream was reset with; 0: it was not. */
  readonly resetCode: number;
}

/** A plain HTTP/2 connection, for requests that no gRPC library would send. Closed when the test has ended. */
export function rawSession(socket: string): ClientHttp2Session {
  const session = connect('http://localhost', {
    createConnection: () => createConnection({ path: socket }),
  });
  session.on('error', () => undefined);
  onTestFinished(() => {
    session.destroy();
  });
  return session;
}

export interface RawRequest {
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Body as it goes into DATA frames; absent: the headers end the stream. */
  readonly body?: Uint8Array;
}

/** Sends one request and collects what comes back until the stream is closed. */
export async function rawCall(
  session: ClientHttp2Session,
  request: RawRequest,
): Promise<RawAnswer> {
  return await new Promise<RawAnswer>((resolve) => {
    const stream = session.request(
      {
        ':method': 'POST',
        ':path': request.path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...request.headers,
      },
      { endStream: request.body === undefined },
    );
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => {
      headers = received;
    });
    stream.on('trailers', (received: IncomingHttpHeaders) => {
      trailers = received;
    });
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      resolve({ headers, trailers, body: Buffer.concat(chunks), resetCode: stream.rstCode });
    });
    if (request.body !== undefined) stream.end(request.body);
  });
}

/** A message in its gRPC frame (PROTOCOL-HTTP2, Length-Prefixed-Message). */
export function framed(
  message: Uint8Array,
  options: { compressed?: number; length?: number } = {},
): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(options.compressed ?? 0, 0);
  prefix.writeUInt32BE(options.length ?? message.byteLength, 1);
  return Buffer.concat([prefix, message]);
}

/** The gRPC status of an answer, wherever it stands. */
export function grpcStatus(answer: RawAnswer): number | undefined {
  const value = answer.trailers['grpc-status'] ?? answer.headers['grpc-status'];
  return value === undefined ? undefined : Number(value);
}

/** A header or trailer of an answer. */
export function trailerOf(answer: RawAnswer, name: string): string | undefined {
  const value = answer.trailers[name] ?? answer.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
