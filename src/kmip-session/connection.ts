import type { Duplex } from 'node:stream';
import type { EncodedResponse } from '../kmip/engine/engine.ts';
import type { Failure } from '../kmip/failure.ts';
import type { SessionClock } from './clock.ts';
import type { GatePlace } from './gate.ts';
import { Inbox, type EndOfRequests } from './inbox.ts';
import { DEADLINE_GRACE_MS, LINGER_MS, type SessionLimits } from './limits.ts';
import { Watchdog } from './watchdog.ts';

/** What answers the requests of a connection: the message engine, bound to who is connected. */
export interface RequestHandler {
  /**
   * Answers one request. `request` is overwritten with zeros once the promise has settled. `deadline` is monotonic
   * milliseconds. Never rejects for what a peer sends.
   */
  handle(request: Uint8Array, deadline: number): Promise<EncodedResponse>;
  /** The answer to a request, or to bytes that are none, which is refused before anybody looks into it. */
  refuse(failure: Failure, message: string, request?: Uint8Array): EncodedResponse;
}

/** Why a connection ended. */
export type CloseReason =
  | EndOfRequests
  /** It was to be refused from the start. */
  | 'refused'
  /** The engine could not follow the peer's message. */
  | 'unreadable'
  /** The peer did not take a response. */
  | 'write-timeout'
  /** A handler did not end in time. */
  | 'request-timeout'
  /** A handler rejected. */
  | 'fault';

/** What there is to say about a connection that has ended. */
export interface ConnectionSummary {
  readonly reason: CloseReason;
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

/** One request that was answered, or refused without a look into it. */
export interface RequestRecord {
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** From the whole request to the response taken by the socket. */
  readonly durationMs: number;
}

export interface ConnectionOptions {
  readonly handler: RequestHandler;
  readonly limits: SessionLimits;
  readonly clock: SessionClock;
  /** The place of this connection at the gate, identified; it is left when the connection ends. */
  readonly place: GatePlace;
  /** Answer the first request with this, and close: a peer is told why it is not served. */
  readonly refusal?: { readonly failure: Failure; readonly message: string };
  readonly onRequest?: (record: RequestRecord) => void;
  /** A handler rejected, or one of the functions given here threw. */
  readonly onFault: (error: unknown) => void;
}

export interface Connection {
  /** Resolves when the socket is closed and the running request has ended, or has missed its deadline. Never rejects. */
  readonly closed: Promise<ConnectionSummary>;
  /** Lets the running request end and be answered, and closes then. */
  readonly drain: () => void;
}

/**
 * Serves the requests of one connection in order, one at a time; each response is one write. From here on nobody else
 * reads or writes the socket. For a peer that half-closes to be answered, the socket has to allow half-open.
 */
export function serveConnection(socket: Duplex, options: ConnectionOptions): Connection {
  const served = new ServedConnection(socket, options);
  return {
    closed: served.run(),
    drain: () => {
      served.drain();
    },
  };
}

class ServedConnection {
  readonly #socket: Duplex;
  readonly #options: ConnectionOptions;
  readonly #inbox: Inbox;
  /** Times a handler, the peer's reading, and the end. */
  readonly #watch: Watchdog;
  readonly #socketClosed: Promise<void>;
  #cancelWrite: (() => void) | undefined;
  #failed = false;
  #requests = 0;
  #bytesOut = 0;

  constructor(socket: Duplex, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#inbox = new Inbox(socket, { ...options, limits: readingLimits(options) });
    this.#watch = new Watchdog(options.clock);
    socket.on('error', () => {
      this.#failed = true;
    });
    this.#socketClosed = new Promise((resolve) => {
      const closed = (): void => {
        this.#inbox.close(this.#failed ? 'socket-error' : 'peer');
        this.#cancelWrite?.();
        resolve();
      };
      // A socket that is closed already says so to nobody.
      if (socket.destroyed) closed();
      else socket.once('close', closed);
    });
  }

  drain(): void {
    this.#inbox.close('drained');
  }

  async run(): Promise<ConnectionSummary> {
    const { clock, place, onFault } = this.#options;
    const startedAt = clock.monotonicMs();
    let reason: CloseReason = 'fault';
    try {
      reason = await this.#serve();
      await this.#end(reason);
    } catch (error) {
      this.#socket.destroy();
      onFault(error);
    }
    this.#watch.end();
    place.leave();
    return {
      reason,
      requests: this.#requests,
      bytesIn: this.#inbox.bytes,
      bytesOut: this.#bytesOut,
      durationMs: clock.monotonicMs() - startedAt,
    };
  }

  /** Answers requests until there are no more, or one cannot be answered. */
  async #serve(): Promise<CloseReason> {
    const { clock, refusal, onRequest } = this.#options;
    for (;;) {
      const arrival = await this.#inbox.next();
      if (arrival.kind === 'none') return await this.#lastWords(arrival.reason, arrival.detail);
      const { request } = arrival;
      const startedAt = clock.monotonicMs();
      this.#requests += 1;
      const requestBytes = request.byteLength;
      const response = await this.#answer(request);
      if (typeof response === 'string') return response;
      const responseBytes = response.bytes.byteLength;
      const { close } = response;
      const written = await this.#write(response);
      if (written !== 'written') return written;
      onRequest?.({ requestBytes, responseBytes, durationMs: clock.monotonicMs() - startedAt });
      if (refusal !== undefined) return 'refused';
      if (close) return 'unreadable';
    }
  }

  /** The response to one request, or why there is none. */
  async #answer(request: Uint8Array): Promise<EncodedResponse | CloseReason> {
    const { handler, place, refusal } = this.#options;
    const refused =
      refusal ??
      (place.countRequest()
        ? undefined
        : ({
            failure: 'serverLimitExceeded',
            message: 'too many requests, try again later',
          } as const));
    if (refused === undefined) return await this.#handle(request);
    const response = handler.refuse(refused.failure, refused.message, request);
    this.#inbox.done(request);
    return response;
  }

  #handle(request: Uint8Array): Promise<EncodedResponse | CloseReason> {
    const { handler, clock, limits, onFault } = this.#options;
    return new Promise((resolve) => {
      let late = false;
      this.#watch.set(limits.requestTimeoutMs + DEADLINE_GRACE_MS, () => {
        late = true;
        resolve('request-timeout');
      });
      handler
        .handle(request, clock.monotonicMs() + limits.requestTimeoutMs)
        .then(
          (response) => {
            // Not before: a late handler may still be reading it.
            this.#inbox.done(request);
            if (late) response.release();
            else resolve(response);
          },
          (error: unknown) => {
            this.#inbox.done(request);
            onFault(error);
            resolve('fault');
          },
        )
        .catch(onFault);
    });
  }

  #write(response: EncodedResponse): Promise<'written' | CloseReason> {
    const { limits } = this.#options;
    return new Promise((resolve) => {
      const settle = (outcome: 'written' | CloseReason): void => {
        if (this.#cancelWrite === undefined) return;
        this.#cancelWrite = undefined;
        this.#watch.clear();
        response.release();
        resolve(outcome);
      };
      this.#cancelWrite = () => {
        settle(this.#failed ? 'socket-error' : 'peer');
      };
      if (this.#socket.destroyed) {
        this.#cancelWrite();
        return;
      }
      this.#watch.set(limits.writeTimeoutMs, () => {
        this.#socket.destroy();
        settle('write-timeout');
      });
      const { byteLength } = response.bytes;
      this.#socket.write(response.bytes, (error) => {
        if (error instanceof Error) {
          settle('socket-error');
          return;
        }
        this.#bytesOut += byteLength;
        settle('written');
      });
    });
  }

  /** Tells a peer whose bytes are no request, or for which there is no room, why nothing follows. */
  async #lastWords(reason: EndOfRequests, detail = ''): Promise<CloseReason> {
    const { handler } = this.#options;
    if (reason === 'malformed') await this.#write(handler.refuse('invalidMessage', detail));
    else if (reason === 'server-limit') {
      await this.#write(
        handler.refuse('serverLimitExceeded', 'the server is busy, try again later'),
      );
    }
    return reason;
  }

  /** Closes the socket: in order where the peer may still be reading, at once where it does not keep its side. */
  async #end(reason: CloseReason): Promise<void> {
    if (LOST.has(reason)) {
      this.#socket.destroy();
    } else {
      this.#inbox.close('drained');
      this.#watch.set(LINGER_MS, () => {
        this.#socket.destroy();
      });
      this.#socket.end();
    }
    await this.#socketClosed;
  }
}

/** A peer that is only to be refused may not keep a connection open by saying nothing. */
function readingLimits({ limits, refusal }: ConnectionOptions): SessionLimits {
  return refusal === undefined ? limits : { ...limits, idleTimeoutMs: limits.headerTimeoutMs };
}

/** Ends after which nothing that is sent would be read, or should. */
const LOST: ReadonlySet<CloseReason> = new Set([
  'socket-error',
  'header-timeout',
  'body-timeout',
  'write-timeout',
  'request-timeout',
  'fault',
]);
