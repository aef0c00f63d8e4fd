import { BrokerError } from '../errors/index.ts';
import { MessageAssembler } from '../kmip/framing/message-assembler.ts';
import type { Duplex } from 'node:stream';
import { malformed } from './failure.ts';

export interface ExchangeOptions {
  readonly socket: Duplex;
  /** Bytes of the largest response that is taken. */
  readonly maxResponse: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** An exchange that waits for its response. */
interface Waiting {
  readonly resolve: (response: Uint8Array) => void;
  readonly reject: (error: BrokerError) => void;
}

/**
 * One connection to a KMIP server, over which requests go one at a time: KMIP has no number by which an answer would be
 * found again. So a response that does not come in time ends the connection.
 */
export class KmipConnection {
  readonly #socket: Duplex;
  readonly #now: () => number;
  readonly #assembler: MessageAssembler;
  #waiting: Waiting | undefined;
  #failure: BrokerError | undefined;
  /** The last exchange that was asked for. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ socket, maxResponse, now }: ExchangeOptions) {
    this.#socket = socket;
    this.#now = now;
    this.#assembler = new MessageAssembler({ maxMessage: maxResponse, side: 'response' });
    socket.on('data', (chunk: Uint8Array) => {
      this.#take(chunk);
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      this.#fail(lost(cause.code ?? 'error', cause));
    });
    socket.once('close', () => {
      this.#fail(lost('closed by the server'));
    });
  }

  /**
   * Sends a request message and returns the response message, which the caller wipes. `request` is overwritten with zeros
   * when it is sent, or will not be. `timeoutMs` counts from this call.
   */
  exchange(request: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const deadline = this.#now() + timeoutMs;
    const exchanged = this.#last.then(() => this.#exchange(request, deadline));
    this.#last = exchanged.catch(() => undefined);
    return exchanged;
  }

  /** Ends the connection after the exchanges that were asked for. */
  async close(): Promise<void> {
    await this.#last;
    this.#fail(new BrokerError('CANCELLED', 'the client is closed'));
  }

  #exchange(request: Uint8Array, deadline: number): Promise<Uint8Array> {
    return new Promise<Uint8Array>((resolve, reject) => {
      const left = deadline - this.#now();
      if (this.#failure !== undefined || left <= 0) {
        request.fill(0);
        reject(this.#failure ?? late());
        return;
      }
      const timer = setTimeout(() => {
        this.#fail(late());
      }, left);
      this.#waiting = {
        resolve: (response) => {
          clearTimeout(timer);
          resolve(response);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#socket.write(request, () => request.fill(0));
    });
  }

  #take(chunk: Uint8Array): void {
    const responses = this.#assembler.push(chunk);
    const [response] = responses;
    const { problem } = this.#assembler;
    if (problem !== undefined) {
      this.#fail(malformed(`not a response: ${problem.message}`, problem));
    } else if (response !== undefined) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting === undefined || responses.length > 1) {
        for (const message of responses) message.fill(0);
        const error = malformed('a response came that was not asked for');
        waiting?.reject(error);
        this.#fail(error);
      } else {
        waiting.resolve(response);
      }
    }
  }

  #fail(error: BrokerError): void {
    this.#failure ??=
      error.code === 'CANCELLED' || error.code === 'KMIP_UNREACHABLE'
        ? error
        : new BrokerError('KMIP_UNREACHABLE', 'the connection was given up', { cause: error });
    this.#assembler.wipe();
    this.#socket.destroy();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

function lost(how: string, cause?: unknown): BrokerError {
  return new BrokerError('KMIP_UNREACHABLE', `the connection was lost (${how})`, { cause });
}

function late(): BrokerError {
  return new BrokerError('DEADLINE_EXCEEDED', 'the server did not answer in time');
}
