import { readAnswerHeaders, type AnswerHeaders } from '../http2/answer-headers.ts';
import { ProtocolError } from '../http2/protocol-error.ts';
import { HpackDecoder } from './hpack/decoder.ts';

/** Octets a list of fields may have (SETTINGS_MAX_HEADER_LIST_SIZE); a call whose list is longer fails. */
export const MAX_HEADER_LIST = 16_384;
/** Octets that the frames of one block may have together, and how many there may be after the first. */
const MAX_BLOCK = 2 * MAX_HEADER_LIST;
const MAX_CONTINUATIONS = 8;

/** Blocks that are remembered with what they mean: servers send the same few over and over. */
const REMEMBERED_BLOCKS = 4;
const LONGEST_REMEMBERED = 256;

interface RememberedBlock {
  readonly bytes: Buffer;
  readonly version: number;
  readonly headers: AnswerHeaders | undefined;
}

/** Puts header blocks together (RFC 9113 §4.3, §6.10) and reads them. Throws ProtocolErrors, which end the connection. */
export class HeaderReader {
  readonly #decoder = new HpackDecoder(MAX_HEADER_LIST);
  readonly #remembered: RememberedBlock[] = [];
  #oldest = 0;
  #fragments: Buffer[] = [];
  #length = 0;

  /** Keeps a part of a block that goes on in the next frame. */
  keep(bytes: Buffer, start: number, end: number): void {
    this.#length += end - start;
    if (this.#length > MAX_BLOCK || this.#fragments.length > MAX_CONTINUATIONS) {
      throw new ProtocolError('ENHANCE_YOUR_CALM', 'a header block in too many or too large parts');
    }
    this.#fragments.push(Buffer.from(bytes.subarray(start, end)));
  }

  /**
   * Reads a block whose last part this is. undefined: a list that is malformed or too long, which its stream must not
   * survive.
   */
  finish(bytes: Buffer, start: number, end: number): AnswerHeaders | undefined {
    if (this.#fragments.length === 0) return this.#read(bytes, start, end);
    this.keep(bytes, start, end);
    const block = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#length = 0;
    return this.#read(block, 0, block.length);
  }

  #read(bytes: Buffer, start: number, end: number): AnswerHeaders | undefined {
    const version = this.#decoder.version;
    const known = this.#remembered.find(
      (block) => block.version === version && sameBytes(block.bytes, bytes, start, end),
    );
    if (known !== undefined) return known.headers;
    const list = this.#decoder.decode(bytes, start, end);
    const headers = list === undefined ? undefined : readAnswerHeaders(list);
    // A block that has changed the table means something else the next time.
    if (this.#decoder.version === version && end - start <= LONGEST_REMEMBERED) {
      this.#remembered[this.#oldest] = {
        bytes: Buffer.from(bytes.subarray(start, end)),
        version,
        headers,
      };
      this.#oldest = (this.#oldest + 1) % REMEMBERED_BLOCKS;
    }
    return headers;
  }
}

function sameBytes(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let index = 0; index < known.length; index += 1) {
    if (known[index] !== bytes[start + index]) return false;
  }
  return true;
}
