import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { encodeField } from '../../../src/client/lean/hpack/encoder.ts';
import { FLAG, FRAME } from '../../../src/client/lean/frames.ts';

/** A frame as its bytes. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}

/** Settings by their number (RFC 9113 §6.5.2). */
export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const entries = Object.entries(values).map(([id, value]) => {
    const entry = Buffer.alloc(6);
    entry.writeUInt16BE(Number(id), 0);
    entry.writeUInt32BE(value, 2);
    return entry;
  });
  return frame(FRAME.settings, 0, 0, Buffer.concat(entries));
}

export type Fields = Readonly<Record<string, string>>;

export function block(fields: Fields): Buffer {
  return Buffer.concat(Object.entries(fields).map(([name, value]) => encodeField(name, value)));
}

export function headers(stream: number, fields: Fields, flags = 0): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders | flags, stream, block(fields));
}

export function data(stream: number, payload: Uint8Array, flags = 0): Buffer {
  return frame(FRAME.data, flags, stream, payload);
}

/** A message with its prefix; `length` and `compressed` may lie. */
export function message(
  payload: Uint8Array,
  { length = payload.length, compressed = 0 } = {},
): Buffer {
  return Buffer.concat([Buffer.of(compressed), uint32(length), payload]);
}

export const reset = (stream: number, code: number): Buffer =>
  frame(FRAME.rstStream, 0, stream, uint32(code));
export const goaway = (last: number, code = 0): Buffer =>
  frame(FRAME.goaway, 0, 0, uint32(last, code));
export const windowUpdate = (stream: number, octets: number): Buffer =>
  frame(FRAME.windowUpdate, 0, stream, uint32(octets));

export const HEAD: Fields = { ':status': '200', 'content-type': 'application/grpc' };
export const OK: Fields = { 'grpc-status': '0' };

/** The frames of an answer in which all is well. */
export function answer(stream: number, payload: Uint8Array = Buffer.from('answer')): Buffer {
  return Buffer.concat([
    headers(stream, HEAD),
    data(stream, message(payload)),
    headers(stream, OK, FLAG.endStream),
  ]);
}

/** A frame that a client sent. */
export interface ClientFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The server's end of one connection, on which the test sends whatever it wants. */
export class FakeConnection {
  readonly socket: Socket;
  /** Which connection of the server it is: 1, 2, 3 … */
  readonly number: number;
  readonly frames: ClientFrame[] = [];
  /** Called with the number of a stream when its request is whole. */
  onRequest: (stream: number) => void = () => undefined;
  onFrame: (frame: ClientFrame) => void = () => undefined;
  /** Whether the client's settings are acknowledged. */
  acknowledges = false;
  #input: Buffer = Buffer.alloc(0);
  #prefaceSeen = false;

  constructor(socket: Socket, number: number) {
    this.socket = socket;
    this.number = number;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
  }

  send(...bytes: Uint8Array[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(bytes));
  }

  /** Octets of DATA frames on a stream. */
  received(stream: number): number {
    return this.frames
      .filter((frame) => frame.type === FRAME.data && frame.stream === stream)
      .reduce((sum, { payload }) => sum + payload.length, 0);
  }

  #read(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk]);
    if (!this.#prefaceSeen) {
      if (this.#input.length < 24) return;
      this.#prefaceSeen = true;
      this.#input = this.#input.subarray(24);
    }
    while (this.#input.length >= 9) {
      const end = 9 + this.#input.readUIntBE(0, 3);
      if (this.#input.length < end) return;
      const found: ClientFrame = {
        type: this.#input.readUInt8(3),
        flags: this.#input.readUInt8(4),
        stream: this.#input.readUInt32BE(5) & 0x7fffffff,
        payload: this.#input.subarray(9, end),
      };
      this.#input = this.#input.subarray(end);
      this.frames.push(found);
      if (this.acknowledges && found.type === FRAME.settings && found.flags === 0) {
        this.send(frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
      }
      this.onFrame(found);
      const carries = found.type === FRAME.data || found.type === FRAME.headers;
      if (carries && (found.flags & FLAG.endStream) !== 0) this.onRequest(found.stream);
    }
  }
}

export interface FakeServer {
  readonly connections: readonly FakeConnection[];
  /** Ends connections and listening; the socket is gone. */
  readonly stop: () => Promise<void>;
}

/** A server that does what `script` does with each connection. Stopped when the test has ended. */
export async function fakeServer(
  path: string,
  script: (connection: FakeConnection) => void,
): Promise<FakeServer> {
  const connections: FakeConnection[] = [];
  const server: Server = createServer((socket) => {
    const connection = new FakeConnection(socket, connections.length + 1);
    connections.push(connection);
    script(connection);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const stop = async (): Promise<void> => {
    for (const { socket } of connections) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  };
  onTestFinished(stop);
  return { connections, stop };
}

/** Greets, and answers every request well. */
export function wellBehaved(connection: FakeConnection): void {
  connection.send(settings());
  connection.acknowledges = true;
  connection.onRequest = (stream) => {
    connection.send(answer(stream));
  };
}
