import { TransportFailure, type TransportCall } from '../transport.ts';
import type { Connection } from './connection.ts';
import type { Expiring } from './deadlines.ts';
import {
  SERVER_REFUSED_CALL,
  cancelled,
  cancelledUnsent,
  deadlineExceeded,
  unsent,
  unsentInTime,
} from './failures.ts';
import type { SessionCall } from './session.ts';

/** Who keeps the calls. */
export interface CallOwner {
  /** True when there is a server that greeted us: a call then waits for its turn, not for a server. */
  readonly connected: boolean;
  /** The call has its outcome. */
  ended(call: PendingCall): void;
  /** The call is to be sent anew. */
  again(call: PendingCall): void;
}

/** Where the outcome goes. */
export interface Settlement {
  readonly resolve: (answer: Uint8Array) => void;
  readonly reject: (failure: TransportFailure) => void;
  readonly owner: CallOwner;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One call from the caller's request to its outcome, over one connection or, when that did not take it, two. */
export class PendingCall implements SessionCall, Expiring {
  readonly path: string;
  readonly request: Uint8Array;
  readonly deadline: number;
  readonly waitForServer: boolean;
  timeoutMs = 0;
  next: Expiring | undefined;
  previous: Expiring | undefined;
  readonly #settlement: Settlement;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #connection: Connection | undefined;
  #id = 0;
  #refusals = 0;
  #settled = false;

  constructor(path: string, request: Uint8Array, call: TransportCall, settlement: Settlement) {
    this.path = path;
    this.request = request;
    this.deadline = call.deadline;
    this.waitForServer = call.waitForServer;
    this.#settlement = settlement;
    this.#signal = call.signal;
    if (call.signal !== undefined) {
      this.#onAbort = () => {
        this.#giveUp(this.#connection === undefined ? cancelledUnsent() : cancelled());
      };
      call.signal.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  start(connection: Connection): void {
    this.timeoutMs = this.deadline - this.#settlement.now();
    this.#connection = connection;
    this.#id = connection.start(this);
  }

  answered(message: Buffer): void {
    if (this.#connection !== undefined) this.#connection.useful = true;
    this.#end();
    this.#settlement.resolve(message);
  }

  failed(failure: TransportFailure): void {
    // Trailers come from a server.
    if (this.#connection !== undefined && failure.trailers.size > 0) this.#connection.useful = true;
    this.#end();
    this.#settlement.reject(failure);
  }

  /** Sent anew: always when nothing has left, else once (gRFC A6, transparent retries). */
  unprocessed(written: boolean): void {
    this.#connection = undefined;
    if (written) this.#refusals += 1;
    if (this.#refusals > 1) {
      this.failed(new TransportFailure('UNAVAILABLE', SERVER_REFUSED_CALL));
    } else {
      this.#settlement.owner.again(this);
    }
  }

  expire(): void {
    if (this.#settled) return;
    if (this.#connection !== undefined) this.#giveUp(deadlineExceeded());
    else if (this.#settlement.owner.connected) this.#giveUp(unsentInTime());
    else this.#giveUp(unsent('UNAVAILABLE', 'no connection before the deadline'));
  }

  #giveUp(failure: TransportFailure): void {
    const connection = this.#connection;
    this.failed(failure);
    connection?.cancel(this.#id);
  }

  #end(): void {
    this.#settled = true;
    this.#connection = undefined;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#settlement.owner.ended(this);
  }
}
