import { duplexPair, type Duplex } from 'node:stream';
import type { EncodedResponse } from '../../../src/kmip/engine/engine.ts';
import {
  createGate,
  DEFAULT_SESSION_LIMITS,
  serveConnection,
  type Connection,
  type ConnectionGate,
  type ConnectionLimits,
  type ConnectionOptions,
  type RequestHandler,
  type SessionClock,
  type SessionLimits,
} from '../../../src/kmip-session/index.ts';

/** Time that a test moves. */
export class FakeClock implements SessionClock {
  #now = 1000;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  monotonicMs(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets `ms` pass, with every timer at its time. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = due.at;
      due.callback();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Resolves when everything that streams and promises have under way without the network has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

/** A request or response message with this text in a body of its own making. */
export function message(text: string, kind: 'request' | 'response' = 'request'): Buffer {
  const length = Math.ceil(Buffer.byteLength(text) / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeUInt32BE(kind === 'request' ? 0x42007801 : 0x42007b01, 0);
  bytes.writeUInt32BE(length, 4);
  bytes.write(text, 8);
  return bytes;
}

/** The texts of the messages in `bytes`, one after the other. */
export function texts(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 4);
    found.push(bytes.toString('utf8', at + 8, at + 8 + length).trimEnd());
    at += 8 + length;
  }
  return found;
}

/** A response that keeps count of being given back. */
export interface TestResponse extends EncodedResponse {
  readonly released: number;
}

export function response(text: string, { close = false } = {}): TestResponse {
  const bytes = message(text, 'response');
  let released = 0;
  return {
    bytes,
    secret: true,
    close,
    get released() {
      return released;
    },
    release() {
      released += 1;
      bytes.fill(0);
    },
  };
}

/** Answers every request with `re: ` and its text. */
export const echo: RequestHandler['handle'] = (request) =>
  Promise.resolve(response(`re: ${texts(Buffer.from(request)).join()}`));

export const OPEN_GATE: ConnectionLimits = {
  connections: 1000,
  connectionsPerIdentity: 1000,
  requestsPerSecond: 1e6,
  requestBurst: 1e6,
  bufferedBytes: 1e9,
};

export interface Served extends Connection {
  /** The peer's end. */
  readonly peer: Duplex;
  /** The server's end. */
  readonly socket: Duplex;
  readonly clock: FakeClock;
  readonly gate: ConnectionGate;
  readonly faults: unknown[];
  /** Requests that were refused unread. */
  readonly refusals: string[];
  /** Texts of everything the peer has read; reads on. */
  readonly received: () => string[];
  /** Sends bytes and lets them be served. */
  readonly send: (...parts: readonly Uint8Array[]) => Promise<void>;
  readonly drain: () => void;
}

export interface ServeOptions {
  readonly handle?: RequestHandler['handle'];
  readonly limits?: Partial<SessionLimits>;
  readonly gate?: Partial<ConnectionLimits>;
  readonly clock?: FakeClock;
  readonly refusal?: NonNullable<ConnectionOptions['refusal']>;
  /** The peer never reads and never closes. */
  readonly silentPeer?: boolean;
  /** The peer's end and the server's. */
  readonly over?: readonly [Duplex, Duplex];
}

/** One connection over a pair of streams in memory. */
export function serve(options: ServeOptions = {}): Served {
  const { handle = echo, clock = new FakeClock(), silentPeer = false } = options;
  const gate = createGate({ ...OPEN_GATE, ...options.gate }, () => clock.monotonicMs());
  const place = gate.enter();
  if (place === undefined) throw new Error('the gate is closed');
  place.identify('peer');
  const [peer, socket] = options.over ?? duplexPair();
  const faults: unknown[] = [];
  const refusals: string[] = [];
  const connection = serveConnection(socket, {
    handler: {
      handle,
      refuse(failure, text) {
        refusals.push(failure);
        return response(`${failure}: ${text}`);
      },
    },
    limits: { ...DEFAULT_SESSION_LIMITS, ...options.limits },
    clock,
    place,
    onFault: (error) => faults.push(error),
    ...(options.refusal === undefined ? {} : { refusal: options.refusal }),
  });
  const chunks: Buffer[] = [];
  peer.on('error', () => undefined);
  if (!silentPeer) {
    // A response may be wiped as soon as it is written: what arrives is kept as a copy.
    peer.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
    peer.once('end', () => peer.end());
  }
  return {
    ...connection,
    peer,
    socket,
    clock,
    gate,
    faults,
    refusals,
    received: () => texts(Buffer.concat(chunks)),
    async send(...parts) {
      for (const part of parts) peer.write(Buffer.from(part));
      await settled();
    },
  };
}
