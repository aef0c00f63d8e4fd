import type { Duplex } from 'node:stream';
import { MessageAssembler, type AssemblyPhase } from '../kmip/framing/message-assembler.ts';
import type { SessionClock } from './clock.ts';
import type { GatePlace } from './gate.ts';
import { LINGER_BYTES, type SessionLimits } from './limits.ts';
import { Watchdog } from './watchdog.ts';

/** What comes next on a connection: a request, or the reason why there will be none. */
export type Arrival =
  | { readonly kind: 'request'; readonly request: Uint8Array }
  | { readonly kind: 'none'; readonly reason: EndOfRequests; readonly detail?: string };

/** Why no further request is taken. */
export type EndOfRequests =
  | 'peer'
  | 'socket-error'
  | 'drained'
  | 'malformed'
  | 'server-limit'
  | 'idle-timeout'
  | 'header-timeout'
  | 'body-timeout';

export interface InboxOptions {
  readonly limits: SessionLimits;
  readonly clock: SessionClock;
  readonly place: GatePlace;
}

/**
 * The reading half of a connection: bytes into requests, with a time limit on whatever the peer owes and a bound on what
 * is held. What is held or dropped may carry keys and is overwritten with zeros.
 */
export class Inbox {
  readonly #socket: Duplex;
  readonly #options: InboxOptions;
  readonly #assembler: MessageAssembler;
  readonly #watch: Watchdog;
  /** Whole requests that wait. */
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Bytes that the gate knows of: waiting, unfinished and being worked on. */
  #countedBytes = 0;
  #runningBytes = 0;
  #phase: AssemblyPhase = 'between';
  #paused = false;
  /** Comes after the requests that wait. */
  #last: Arrival | undefined;
  #waiting: ((arrival: Arrival) => void) | undefined;
  #closed = false;
  #lingeringBytes = 0;
  #bytes = 0;

  constructor(socket: Duplex, options: InboxOptions) {
    const { limits, clock } = options;
    this.#socket = socket;
    this.#options = options;
    this.#assembler = new MessageAssembler({ maxMessage: limits.requestLength, side: 'request' });
    this.#watch = new Watchdog(clock);
    socket.on('data', (chunk: Uint8Array) => {
      this.#take(chunk);
    });
    socket.on('end', () => {
      this.#endWith('peer');
    });
  }

  /** Bytes received so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The next arrival; one that is the end comes again each time. Not to be called while another call waits. */
  next(): Promise<Arrival> {
    const arrival = this.#arrival();
    if (arrival !== undefined) return Promise.resolve(arrival);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#watchPeer();
    });
  }

  /** Wipes a request that is answered. */
  done(request: Uint8Array): void {
    request.fill(0);
    this.#runningBytes -= request.byteLength;
    this.#count();
  }

  /** Takes no request any more, not even those that wait; `next` says why. */
  close(reason: EndOfRequests): void {
    this.#closed = true;
    this.#last ??= { kind: 'none', reason };
    this.#assembler.wipe();
    for (const request of this.#queue.splice(0)) request.fill(0);
    this.#queuedBytes = 0;
    this.#count();
    this.#watch.end();
    if (this.#paused) this.#socket.resume();
    this.#wake();
  }

  #take(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#last !== undefined) {
      this.#discard(chunk);
      return;
    }
    const requests = this.#assembler.push(chunk);
    for (const request of requests) {
      this.#queue.push(request);
      this.#queuedBytes += request.byteLength;
    }
    const { phase, problem } = this.#assembler;
    if (problem !== undefined) this.#endWith('malformed', problem.message);
    else if (!this.#count()) this.#endWith('server-limit');
    const begunAnew = requests.length > 0 || phase !== this.#phase;
    this.#phase = phase;
    this.#wake();
    this.#pauseOrResume();
    if (begunAnew) this.#watchPeer();
  }

  #arrival(): Arrival | undefined {
    const request = this.#queue.shift();
    if (request === undefined) return this.#last;
    this.#queuedBytes -= request.byteLength;
    this.#runningBytes += request.byteLength;
    this.#pauseOrResume();
    return { kind: 'request', request };
  }

  #endWith(reason: EndOfRequests, detail?: string): void {
    this.#last ??= { kind: 'none', reason, ...(detail === undefined ? {} : { detail }) };
    this.#watch.clear();
    this.#assembler.wipe();
    this.#count();
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const arrival = this.#arrival();
    if (arrival === undefined) return;
    this.#waiting = undefined;
    waiting(arrival);
  }

  /** Reports to the gate what is held now; false when everybody together holds too much. */
  #count(): boolean {
    const held = this.#queuedBytes + this.#runningBytes + this.#assembler.unfinishedBytes;
    const difference = held - this.#countedBytes;
    this.#countedBytes = held;
    return difference === 0 || this.#options.place.countBytes(difference);
  }

  #pauseOrResume(): void {
    const pause = !this.#closed && this.#queuedBytes > this.#options.limits.queuedBytes;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
    this.#watchPeer();
  }

  /** Starts to time what the peer has to send next. A peer that is not being read, or waits for us, owes nothing. */
  #watchPeer(): void {
    const { headerTimeoutMs, bodyTimeoutMs, idleTimeoutMs } = this.#options.limits;
    if (this.#last !== undefined || this.#paused) this.#watch.clear();
    else if (this.#phase === 'header') this.#expect(headerTimeoutMs, 'header-timeout');
    else if (this.#phase === 'body') this.#expect(bodyTimeoutMs, 'body-timeout');
    else if (this.#waiting !== undefined) this.#expect(idleTimeoutMs, 'idle-timeout');
    else this.#watch.clear();
  }

  #expect(ms: number, reason: EndOfRequests): void {
    this.#watch.set(ms, () => {
      this.#endWith(reason);
    });
  }

  /** What comes after the end is read, so that the last answer is not lost in a reset, but not for long. */
  #discard(chunk: Uint8Array): void {
    chunk.fill(0);
    this.#lingeringBytes += chunk.byteLength;
    if (this.#lingeringBytes > LINGER_BYTES) this.#socket.destroy();
  }
}
