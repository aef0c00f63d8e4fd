import { TtlvReader } from '../ttlv/reader.ts';
import { TtlvError } from '../ttlv/ttlv-error.ts';
import { HEADER_LENGTH } from '../ttlv/types.ts';

/** What an assembler waits for: the first byte of a message, the rest of its header, or the rest of its body. */
export type AssemblyPhase = 'between' | 'header' | 'body';

export interface AssemblerOptions {
  /** Bytes of the largest message that is taken, its header included. */
  readonly maxMessage: number;
  /** Which messages a peer sends here. */
  readonly side: 'request' | 'response';
}

const NOTHING = new Uint8Array(0);
/** Capacity with which an unfinished message begins. */
const FIRST_CAPACITY = 512;

/**
 * Puts the messages of a byte stream together. Memory follows the bytes that have come, never a length that was only
 * declared. A stream whose next 8 bytes begin no acceptable message cannot be followed any further: `problem` is set,
 * and what comes later is dropped.
 */
export class MessageAssembler {
  readonly #options: AssemblerOptions;
  /** The unfinished message; messages carry keys, so whatever is copied on or dropped is overwritten with zeros. */
  #partial = NOTHING;
  #received = 0;
  /** Total length of the unfinished message; 0 while its header is not complete. */
  #total = 0;
  #problem: TtlvError | undefined;

  constructor(options: AssemblerOptions) {
    this.#options = options;
  }

  get phase(): AssemblyPhase {
    if (this.#received === 0) return 'between';
    return this.#total === 0 ? 'header' : 'body';
  }

  /** Bytes of the unfinished message that have come. */
  get unfinishedBytes(): number {
    return this.#received;
  }

  /** Why the stream cannot be followed any further. */
  get problem(): TtlvError | undefined {
    return this.#problem;
  }

  /**
   * Takes the next bytes over and returns the messages that are whole now. A message that lies in `chunk` completely is
   * returned as a view into it, the others as copies: whoever takes a message wipes it.
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    let rest = chunk;
    try {
      while (rest.byteLength > 0 && this.#problem === undefined) {
        const whole = this.#received === 0 ? this.#wholeLength(rest) : 0;
        if (whole > 0) {
          messages.push(rest.subarray(0, whole));
          rest = rest.subarray(whole);
        } else {
          rest = this.#collect(rest, messages);
        }
      }
    } catch (error) {
      if (!(error instanceof TtlvError)) throw error;
      this.wipe();
      this.#problem = error;
    }
    rest.fill(0);
    return messages;
  }

  /** Drops the unfinished message. */
  wipe(): void {
    this.#partial.fill(0);
    this.#forget();
  }

  /** Length of the message that begins with `bytes`, when all of it is there; else 0. */
  #wholeLength(bytes: Uint8Array): number {
    if (bytes.byteLength < HEADER_LENGTH) return 0;
    const length = this.#frame(bytes);
    return length <= bytes.byteLength ? length : 0;
  }

  /** Moves bytes from the start of `chunk` into the unfinished message; returns what is left of the chunk. */
  #collect(chunk: Uint8Array, messages: Uint8Array[]): Uint8Array {
    const wanted = (this.#total === 0 ? HEADER_LENGTH : this.#total) - this.#received;
    const taken = chunk.subarray(0, wanted);
    this.#makeRoom(taken.byteLength);
    this.#partial.set(taken, this.#received);
    taken.fill(0);
    this.#received += taken.byteLength;
    if (this.#total === 0 && this.#received === HEADER_LENGTH) {
      this.#total = this.#frame(this.#partial);
    }
    if (this.#received === this.#total) {
      messages.push(this.#partial.subarray(0, this.#total));
      this.#forget();
    }
    return chunk.subarray(taken.byteLength);
  }

  #frame(bytes: Uint8Array): number {
    return TtlvReader.frame(bytes, this.#options.maxMessage, this.#options.side);
  }

  /** Doubles, so that a peer that sends single bytes costs no more copying than one that does not. */
  #makeRoom(more: number): void {
    const needed = this.#received + more;
    if (needed <= this.#partial.byteLength) return;
    const old = this.#partial;
    this.#partial = new Uint8Array(Math.max(needed, old.byteLength * 2, FIRST_CAPACITY));
    this.#partial.set(old.subarray(0, this.#received));
    old.fill(0);
  }

  #forget(): void {
    this.#partial = NOTHING;
    this.#received = 0;
    this.#total = 0;
  }
}
