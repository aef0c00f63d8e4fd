import type { Transport, TransportCall, TransportFailure } from '../transport.ts';
import { Backoff } from './backoff.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { Deadlines } from './deadlines.ts';
import { cancelledByClose, cancelledUnsent, unsent } from './failures.ts';
import { PendingCall, type CallOwner, type Settlement } from './pending-call.ts';
import type { Session } from './session.ts';

export interface SocketTransportOptions {
  /** Path of the Unix domain socket. */
  readonly socket: string;
  readonly newSession: () => Session;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/**
 * Unary calls over one connection at a time, which is made by the first call and made again when it is lost. Calls that
 * have no connection yet, or more company than the server allows, wait in the order in which they came.
 */
export class SocketTransport implements Transport, ConnectionOwner, CallOwner {
  readonly #options: SocketTransportOptions;
  readonly #deadlines: Deadlines;
  readonly #backoff: Backoff;
  readonly #waiting = new Set<PendingCall>();
  /** The one that takes new calls, or is going to. Those that only end what they have are known to their calls alone. */
  #connection: Connection | undefined;
  /** Runs while no attempt to connect is to be made. */
  #pause: NodeJS.Timeout | undefined;
  #lastRefusal: unknown;
  #closed = false;

  constructor(options: SocketTransportOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.now);
    this.#backoff = new Backoff(options.random);
  }

  get connected(): boolean {
    return this.#connection?.session.phase === 'open';
  }

  unary(path: string, request: Uint8Array, call: TransportCall): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(call);
      if (refusal !== undefined) reject(refusal);
      else
        this.#begin(path, request, call, { resolve, reject, owner: this, now: this.#options.now });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#connection?.retire();
    for (const call of this.#waiting) call.failed(cancelledByClose());
  }

  // The calls' side.

  ended(call: PendingCall): void {
    this.#waiting.delete(call);
    this.#deadlines.delete(call);
    if (this.#deadlines.size === 0) this.#hold(false);
  }

  again(call: PendingCall): void {
    this.#enqueue(call);
  }

  // The connections' side.

  changed(connection: Connection): void {
    if (connection !== this.#connection) return;
    if (connection.session.phase === 'retiring') this.#leave(connection, undefined);
    else this.#startWaiting();
  }

  closed(connection: Connection, cause: unknown): void {
    if (connection === this.#connection) this.#leave(connection, cause);
  }

  #refusal({ signal }: TransportCall): TransportFailure | undefined {
    if (signal?.aborted === true) {
      return cancelledUnsent();
    }
    return this.#closed ? cancelledByClose() : undefined;
  }

  #begin(path: string, request: Uint8Array, given: TransportCall, settlement: Settlement): void {
    const call = new PendingCall(path, request, given, settlement);
    this.#deadlines.add(call);
    if (this.#deadlines.size === 1) this.#hold(true);
    const connection = this.#connection;
    if (this.#waiting.size === 0 && connection?.session.mayStart === true) call.start(connection);
    else this.#enqueue(call);
  }

  #enqueue(call: PendingCall): void {
    if (this.#closed) {
      call.failed(cancelledByClose());
    } else if (this.#pause !== undefined && !call.waitForServer) {
      call.failed(refused(this.#lastRefusal));
    } else {
      this.#waiting.add(call);
      if (this.#connection === undefined && this.#pause === undefined) this.#connect();
    }
  }

  #startWaiting(): void {
    for (const call of this.#waiting) {
      if (this.#connection?.session.mayStart !== true) return;
      this.#waiting.delete(call);
      call.start(this.#connection);
    }
  }

  #connect(): void {
    this.#connection = new Connection(this.#options.socket, this.#options.newSession(), this);
  }

  /** The connection takes no more calls. What waits goes to the next one, after a pause unless this one was of use. */
  #leave(connection: Connection, cause: unknown): void {
    this.#connection = undefined;
    if (this.#closed) return;
    if (connection.useful) {
      this.#backoff.reset();
      if (this.#waiting.size > 0) this.#connect();
      return;
    }
    this.#lastRefusal = cause;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.#waiting.size > 0) this.#connect();
    }, this.#backoff.next());
    for (const call of this.#waiting) {
      if (!call.waitForServer) call.failed(refused(cause));
    }
    this.#hold(this.#deadlines.size > 0);
  }

  /** Calls under way keep the process alive, an idle connection does not. */
  #hold(held: boolean): void {
    this.#connection?.hold(held);
    if (held) this.#pause?.ref();
    else this.#pause?.unref();
  }
}

function refused(cause: unknown): TransportFailure {
  return unsent('UNAVAILABLE', 'the connection was refused', cause);
}
