import { createConnection, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  FRAME_HEADER,
  LARGEST_WINDOW,
  readUint31,
  readUint32,
  SETTING,
} from '../../../src/client/lean/frames.ts';
import { HpackDecoder } from '../../../src/client/lean/hpack/decoder.ts';
import { frame, PREFACE, resetFrame, settingsFrame, windowFrame } from './frames.ts';
import { headerBlock, type Field, type FieldForm } from './header-block.ts';

/** How a call ended, wherever its status stands; `undefined` members are not there. */
export interface WireOutcome {
  readonly http: string | undefined;
  readonly status: number | undefined;
  readonly message: string | undefined;
  /** Trailer `cryptobroker-error`. */
  readonly code: string | undefined;
  /** Message of the reply without its frame. */
  readonly reply: Buffer | undefined;
  readonly reset: number | undefined;
  /** Code of the GOAWAY that ended the connection before the answer was complete; -1: it was closed without. */
  readonly goAway: number | undefined;
}

export interface WireOptions {
  /** Our SETTINGS; without an initial window the server may send as much as it likes. */
  readonly settings?: readonly (readonly [number, number])[];
  /** False: nothing is sent on its own, not even the preface. */
  readonly preface?: boolean;
  /** False: a PING of the server and its SETTINGS are not acknowledged. */
  readonly acknowledge?: boolean;
}

export interface WireRequest {
  readonly path?: string;
  /** Go over the usual ones; a value of undefined takes a field out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly form?: FieldForm;
  /** What DATA carries; absent: the headers end the stream. */
  readonly body?: Uint8Array;
  /** False: the stream stays open behind the body. */
  readonly end?: boolean;
}

/** What has come back on one stream so far. */
interface StreamState {
  /** By name; several of one name are joined by commas. */
  headers: Map<string, string>;
  /** Empty when the answer was headers alone. */
  trailers: Map<string, string>;
  body: Buffer[];
  /** The server has ended the stream. */
  ended: boolean;
  /** Code of RST_STREAM; absent: it was not reset. */
  reset: number | undefined;
  /** Octets that we may send. */
  window: number;
}

const WAIT_MS = 20_000;

/** An HTTP/2 client that does what it is told, right or wrong, frame by frame. Closed when the test has ended. */
export class WireConnection {
  readonly socket: Socket;
  readonly #streams = new Map<number, StreamState>();
  readonly #decoder = new HpackDecoder(1024 * 1024);
  readonly #waiting = new Set<() => void>();
  readonly #acknowledge: boolean;
  #received = Buffer.alloc(0);
  #block: { stream: number; ends: boolean; parts: Buffer[] } | undefined;
  #nextStream = 1;
  #window = DEFAULT_WINDOW;
  #initialWindow = DEFAULT_WINDOW;

  /** What the server has sent of each. */
  readonly settings = new Map<number, number>();
  readonly pongs: string[] = [];
  readonly goAways: { readonly last: number; readonly code: number }[] = [];
  settingsAcknowledged = 0;
  closed = false;
  /** Octets of the longest DATA frame so far. */
  longestData = 0;

  private constructor(path: string, options: WireOptions) {
    this.#acknowledge = options.acknowledge ?? true;
    this.socket = createConnection({ path });
    this.socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#readFrames();
      this.#wake();
    });
    // Servers may close with our bytes unread, which a Unix socket reports as an error.
    this.socket.on('error', () => undefined);
    this.socket.once('connect', () => {
      this.#wake();
    });
    this.socket.once('close', () => {
      this.closed = true;
      this.#wake();
    });
    onTestFinished(() => {
      this.socket.destroy();
    });
  }

  /** Connects and, unless told otherwise, sends what a client has to begin with. */
  static async open(path: string, options: WireOptions = {}): Promise<WireConnection> {
    const connection = new WireConnection(path, options);
    await connection.until(
      () => connection.closed || !connection.socket.connecting,
      'a connection',
    );
    if (options.preface === false) return connection;
    const settings = options.settings ?? [[SETTING.initialWindowSize, LARGEST_WINDOW]];
    connection.send(PREFACE, settingsFrame(settings));
    if (options.settings === undefined) {
      connection.send(windowFrame(0, LARGEST_WINDOW - DEFAULT_WINDOW));
    }
    return connection;
  }

  /** What is sent in one turn of the event loop leaves in one piece, or in as few as the socket takes. */
  send(...frames: readonly Uint8Array[]): void {
    if (this.closed) return;
    this.socket.cork();
    this.socket.write(Buffer.concat(frames));
    process.nextTick(() => {
      this.socket.uncork();
    });
  }

  /** The identifier of a stream that was not used yet. */
  newStream(): number {
    const id = this.#nextStream;
    this.#nextStream += 2;
    return id;
  }

  /** Sends a request, its body only as fast as the server's windows allow, and returns its stream. */
  start(request: WireRequest = {}): number {
    const stream = this.newStream();
    const { body, end = true } = request;
    const flags = FLAG.endHeaders | (body === undefined && end ? FLAG.endStream : 0);
    this.send(frame('headers', flags, stream, headerBlock(requestFields(request), request.form)));
    this.stream(stream);
    // Whoever waits for the outcome notices when the body cannot leave.
    if (body !== undefined) this.sendBody(stream, body, end).catch(() => undefined);
    return stream;
  }

  /** DATA frames within the server's windows; resolves when the last has left or nobody wants it. */
  async sendBody(stream: number, body: Uint8Array, end = true, frameSize = 16_384): Promise<void> {
    let rest = body;
    const state = this.stream(stream);
    for (;;) {
      const gone = (): boolean => this.closed || state.reset !== undefined;
      const room = (): number => Math.min(frameSize, this.#window, state.window);
      await this.until(() => gone() || rest.length === 0 || room() > 0, 'a window to open');
      if (gone()) return;
      // Another stream was faster.
      if (rest.length > 0 && room() <= 0) continue;
      const part = rest.subarray(0, room());
      rest = rest.subarray(part.length);
      this.#window -= part.length;
      state.window -= part.length;
      this.send(frame('data', end && rest.length === 0 ? FLAG.endStream : 0, stream, part));
      if (rest.length === 0) return;
    }
  }

  /** What is known of a stream. */
  stream(id: number): StreamState {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    const made: StreamState = {
      ...{ headers: new Map(), trailers: new Map(), body: [], ended: false, reset: undefined },
      window: this.#initialWindow,
    };
    this.#streams.set(id, made);
    return made;
  }

  /** Waits until a stream, or the whole connection, has ended. */
  async outcome(id: number): Promise<WireOutcome> {
    const stream = this.stream(id);
    await this.until(
      () => stream.ended || stream.reset !== undefined || this.closed,
      `the end of stream ${id}`,
    );
    const { headers, trailers } = stream;
    const value = (name: string): string | undefined => trailers.get(name) ?? headers.get(name);
    const status = value('grpc-status');
    const body = Buffer.concat(stream.body);
    const whole = stream.ended || stream.reset !== undefined;
    return {
      http: headers.get(':status'),
      status: status === undefined ? undefined : Number(status),
      message: value('grpc-message'),
      code: value('cryptobroker-error'),
      reply: body.length === 0 ? undefined : body.subarray(5),
      // Whoever has its whole answer may be told to send no more (RFC 9113 §8.1).
      reset: stream.ended ? undefined : stream.reset,
      goAway: whole ? undefined : (this.goAways.at(-1)?.code ?? -1),
    };
  }

  async call(request: WireRequest = {}): Promise<WireOutcome> {
    return await this.outcome(this.start(request));
  }

  reset(stream: number, code: number): void {
    this.send(resetFrame(stream, code));
  }

  /** A PING and its answer: what was sent before has been read by then. */
  async ping(payload = 'pingpong'): Promise<void> {
    const before = this.pongs.length;
    this.send(frame('ping', 0, 0, Buffer.from(payload)));
    await this.until(() => this.closed || this.pongs.length > before, 'the answer to a PING');
  }

  /** Waits for the end of the connection, and returns the code of its last GOAWAY; undefined: there was none. */
  async end(): Promise<number | undefined> {
    await this.until(() => this.closed, 'the end of the connection');
    return this.goAways.at(-1)?.code;
  }

  /** Resolves as soon as the condition holds; it can only change with what comes in. */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`waited in vain for ${what}`));
      }, WAIT_MS);
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  #readFrames(): void {
    let at = 0;
    const bytes = this.#received;
    while (bytes.length - at >= FRAME_HEADER) {
      const length = bytes.readUIntBE(at, 3);
      const start = at + FRAME_HEADER;
      if (bytes.length - start < length) break;
      const type = bytes[at + 3] ?? 0;
      const flags = bytes[at + 4] ?? 0;
      this.#onFrame(type, flags, readUint31(bytes, at + 5), bytes.subarray(start, start + length));
      at = start + length;
    }
    this.#received = bytes.subarray(at);
  }

  #onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    switch (type) {
      case FRAME.data: {
        const stream = this.stream(id);
        stream.body.push(Buffer.from(payload));
        this.longestData = Math.max(this.longestData, payload.length);
        stream.ended ||= (flags & FLAG.endStream) !== 0;
        break;
      }
      case FRAME.headers:
        this.#block = { stream: id, ends: (flags & FLAG.endStream) !== 0, parts: [] };
        this.#onBlockPart(flags, payload);
        break;
      case FRAME.continuation:
        this.#onBlockPart(flags, payload);
        break;
      case FRAME.rstStream:
        this.stream(id).reset = readUint32(payload, 0);
        break;
      case FRAME.settings:
        this.#onSettings(flags, payload);
        break;
      case FRAME.ping:
        if ((flags & FLAG.ack) !== 0) this.pongs.push(payload.toString('latin1'));
        else if (this.#acknowledge) this.send(frame('ping', FLAG.ack, 0, payload));
        break;
      case FRAME.goaway:
        this.goAways.push({ last: readUint31(payload, 0), code: readUint32(payload, 4) });
        break;
      case FRAME.windowUpdate:
        if (id === 0) this.#window += readUint31(payload, 0);
        else this.stream(id).window += readUint31(payload, 0);
        break;
    }
  }

  #onBlockPart(flags: number, payload: Buffer): void {
    const block = this.#block;
    if (block === undefined) throw new Error('CONTINUATION without HEADERS');
    block.parts.push(Buffer.from(payload));
    if ((flags & FLAG.endHeaders) === 0) return;
    this.#block = undefined;
    const bytes = Buffer.concat(block.parts);
    const fields = this.#decoder.decode(bytes, 0, bytes.length) ?? [];
    const stream = this.stream(block.stream);
    const into = stream.headers.size === 0 ? stream.headers : stream.trailers;
    for (const { name, value } of fields) {
      const before = into.get(name);
      into.set(name, before === undefined ? value : `${before},${value}`);
    }
    stream.ended ||= block.ends;
  }

  #onSettings(flags: number, payload: Buffer): void {
    if ((flags & FLAG.ack) !== 0) {
      this.settingsAcknowledged += 1;
      return;
    }
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      const value = readUint32(payload, at + 2);
      this.settings.set(payload.readUInt16BE(at), value);
      if (payload.readUInt16BE(at) !== SETTING.initialWindowSize) continue;
      for (const stream of this.#streams.values()) stream.window += value - this.#initialWindow;
      this.#initialWindow = value;
    }
    if (this.#acknowledge) this.send(frame('settings', FLAG.ack, 0));
  }
}

/** The header fields that a gRPC client sends, with changes. */
export function requestFields({ path, headers = {} }: WireRequest = {}): Field[] {
  const all: Record<string, string | undefined> = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path ?? '/CryptoBroker.CryptoGrpc/HashData',
    ':authority': 'localhost',
    te: 'trailers',
    'content-type': 'application/grpc',
    ...headers,
  };
  return Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
}
