import { BrokerError } from '../errors/index.ts';

/** Requests of one call that may wait, in number and in bytes: a caller that sends without reading answers is cut off. */
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 2 * 1024 * 1024;

/** The requests of a bidirectional call on their way to the one who answers them. For one reader. */
export class RequestQueue implements AsyncIterable<Uint8Array> {
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #end: { readonly error?: BrokerError } | undefined;
  #wake: (() => void) | undefined;

  /** Ends the queue with QUEUE_FULL when it is full. */
  push(request: Uint8Array): void {
    if (this.#end !== undefined) return;
    if (
      this.#waiting.length >= MAX_WAITING ||
      this.#bytes + request.byteLength > MAX_WAITING_BYTES
    ) {
      this.#close({ error: new BrokerError('QUEUE_FULL', 'too many requests are waiting') });
      return;
    }
    this.#waiting.push(request);
    this.#bytes += request.byteLength;
    this.#wake?.();
  }

  /** No more come; those that wait are read first. */
  end(): void {
    if (this.#end === undefined) this.#close({});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const request = this.#waiting.shift();
      if (request !== undefined) {
        this.#bytes -= request.byteLength;
        yield request;
      } else if (this.#end === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (this.#end.error === undefined) {
        return;
      } else {
        throw this.#end.error;
      }
    }
  }

  #close(end: { readonly error?: BrokerError }): void {
    this.#end = end;
    if (end.error !== undefined) this.#waiting.length = 0;
    this.#wake?.();
  }
}
