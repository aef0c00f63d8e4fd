import { createConnection, type Socket } from 'node:net';
import { connectionBroke } from './failures.ts';
import type { Session, SessionCall } from './session.ts';

/** Told of what becomes of a connection. */
export interface ConnectionOwner {
  /** The session's phase, or its room for calls, may have changed. */
  changed(connection: Connection): void;
  /** The connection is gone, and its calls have ended. Once, and the last. */
  closed(connection: Connection, cause: unknown): void;
}

/** Octets of what is read at a time, and of what is written at a time. */
const BUFFER = 65_536;
/** Buffers kept for the next writes. */
const SPARE_BUFFERS = 4;
/** What may wait for the server to read; beyond it, requests wait where they are. */
const HIGH_WATER = 4 * BUFFER;

/** A server that does not greet is not one. As long as gRPC libraries allow a connection to take. */
const GREETING_MS = 20_000;

/**
 * A session on a Unix domain socket. All that is to be sent in one turn of the event loop leaves in as few writes as
 * possible; buffers are wiped when they have been written, because requests may hold keys.
 */
export class Connection {
  readonly session: Session;
  /** True when the server has answered a call on it. */
  useful = false;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #spare: Buffer[] = [];
  /** What was handed to the socket, oldest first. */
  readonly #written: { readonly buffer: Buffer; readonly length: number }[] = [];
  readonly #greeting: NodeJS.Timeout;
  readonly #flush = (): void => {
    this.#flushing = false;
    this.#writeOut();
    // What was sent may have been the last of it.
    if (this.session.phase === 'retiring' || this.session.phase === 'failed') this.#settle();
  };
  #flushing = false;
  #closed = false;

  constructor(path: string, session: Session, owner: ConnectionOwner) {
    this.session = session;
    this.#owner = owner;
    this.#greeting = setTimeout(() => {
      this.#close(new Error('the server sent no settings'));
    }, GREETING_MS).unref();
    const buffer = Buffer.allocUnsafeSlow(BUFFER);
    const callback = (length: number): boolean => {
      this.#onRead(buffer.subarray(0, length));
      return true;
    };
    this.#socket = createConnection({ path, onread: { buffer, callback } });
    this.#socket
      .on('connect', this.#flush)
      .on('error', (error) => {
        this.#close(error);
      })
      .on('end', () => {
        this.#close(new Error('the server closed the connection'));
      })
      .on('close', () => {
        this.#close(new Error('the connection was closed'));
      });
  }

  /** Sends the call with others of this turn; `session.mayStart` was true. Returns its number for cancel(). */
  start(call: SessionCall): number {
    const id = this.session.start(call);
    this.#scheduleFlush();
    return id;
  }

  cancel(id: number): void {
    this.session.cancel(id);
    this.#afterChange();
  }

  /** Begins no further calls, and ends when those that run have ended. */
  retire(): void {
    this.session.retire();
    this.#afterChange();
  }

  /** Whether the connection keeps the process alive. */
  hold(held: boolean): void {
    if (held) this.#socket.ref();
    else this.#socket.unref();
  }

  #onRead(bytes: Buffer): void {
    if (this.#closed) return;
    this.session.receive(bytes);
    if (this.session.phase !== 'greeting') clearTimeout(this.#greeting);
    this.#afterChange();
  }

  #afterChange(): void {
    if (!this.#closed && this.session.hasOutput) this.#scheduleFlush();
    this.#settle();
  }

  /** Draws the conclusions from the phase of the session. */
  #settle(): void {
    const { phase, running } = this.session;
    if (phase === 'failed' || (phase === 'retiring' && running === 0)) {
      this.#writeOut();
      this.#close(phase === 'failed' ? new Error('the server breaks the protocol') : undefined);
    } else if (!this.#closed) {
      this.#owner.changed(this);
    }
  }

  /** The next tick comes after the promises that are settled now, whose callers may have more to send. */
  #scheduleFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(this.#flush);
  }

  #writeOut(): void {
    if (this.#closed || this.#socket.connecting) return;
    while (this.session.hasOutput && this.#socket.writableLength < HIGH_WATER) {
      const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER);
      const length = this.session.write(buffer);
      if (length === 0) {
        this.#spare.push(buffer);
        return;
      }
      this.#written.push({ buffer, length });
      this.#socket.write(buffer.subarray(0, length), this.#onWritten);
    }
  }

  /** Writes end in the order in which they began. */
  readonly #onWritten = (): void => {
    const written = this.#written.shift();
    if (written === undefined) return;
    written.buffer.fill(0, 0, written.length);
    if (this.#spare.length < SPARE_BUFFERS) this.#spare.push(written.buffer);
    if (this.session.hasOutput) this.#scheduleFlush();
  };

  #close(cause: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#greeting);
    this.session.lost(connectionBroke(cause));
    // What the server has not taken by now it need not take: it might never.
    if (this.#socket.writableLength === 0) this.#socket.destroySoon();
    else this.#socket.destroy();
    this.#owner.closed(this, cause);
  }
}
