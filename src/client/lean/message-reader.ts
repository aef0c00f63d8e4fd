import {
  answerCompressed,
  answerTooLarge,
  MAX_ANSWER_BYTES,
  wrongNumberOfAnswers,
} from '../http2/failures.ts';
import type { TransportFailure } from '../transport.ts';

/** Octets before a message: whether it is compressed, and its length (PROTOCOL-HTTP2, Length-Prefixed-Message). */
export const MESSAGE_PREFIX = 5;

/** First size of the buffer of a message that comes in pieces: what is announced is allocated when it comes. */
const FIRST_BUFFER = 16_384;

/** Puts the one message of an answer together from the content of its DATA frames. */
export class MessageReader {
  #prefixLength = 0;
  #compressed = false;
  #length = 0;
  #buffer: Buffer | undefined;
  #received = 0;

  /** The message; undefined: none, or not all of it. */
  get message(): Buffer | undefined {
    return this.#buffer !== undefined && this.#received === this.#length ? this.#buffer : undefined;
  }

  /** True when a message has begun and not ended. */
  get partial(): boolean {
    return this.#prefixLength > 0 && this.message === undefined;
  }

  /** Takes in bytes[start, end), which are copied. Returns why the answer is refused, if it is. */
  read(bytes: Buffer, start: number, end: number): TransportFailure | undefined {
    let position = start;
    if (this.#prefixLength < MESSAGE_PREFIX) {
      position = Math.min(end, start + MESSAGE_PREFIX - this.#prefixLength);
      for (let index = start; index < position; index += 1) this.#prefixOctet(bytes[index] ?? 0);
      if (this.#prefixLength < MESSAGE_PREFIX) return undefined;
      if (this.#compressed) return answerCompressed();
      if (this.#length > MAX_ANSWER_BYTES) return answerTooLarge();
      this.#buffer = Buffer.allocUnsafe(Math.min(this.#length, FIRST_BUFFER));
    }
    if (end - position > this.#length - this.#received) return wrongNumberOfAnswers();
    if (position < end) this.#append(bytes, position, end);
    return undefined;
  }

  #prefixOctet(octet: number): void {
    if (this.#prefixLength === 0) this.#compressed = octet !== 0;
    else this.#length = this.#length * 256 + octet;
    this.#prefixLength += 1;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const needed = this.#received + end - start;
    let buffer = this.#buffer ?? Buffer.alloc(0);
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafe(
        Math.min(this.#length, Math.max(needed, 2 * buffer.length)),
      );
      buffer.copy(larger, 0, 0, this.#received);
      buffer = larger;
      this.#buffer = larger;
    }
    bytes.copy(buffer, this.#received, start, end);
    this.#received = needed;
  }
}
