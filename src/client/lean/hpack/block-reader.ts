import { ProtocolError } from '../../http2/protocol-error.ts';
import { decodeHuffman } from './huffman.ts';

/** Reads the primitive types of a header block (RFC 7541 §5). Every failure is COMPRESSION_ERROR. */
export class BlockReader {
  readonly #bytes: Buffer;
  #position: number;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** The next octet, which stays. */
  peek(): number {
    if (this.atEnd) throw truncated();
    return this.#bytes[this.#position] ?? 0;
  }

  /** An integer whose first octet has `prefix` bits for it (§5.1). Nothing here needs more than 21 bits. */
  integer(prefix: number): number {
    const mask = (1 << prefix) - 1;
    let value = this.#octet() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 14; shift += 7) {
      const octet = this.#octet();
      value += (octet & 0x7f) << shift;
      if ((octet & 0x80) === 0) return value;
    }
    throw new ProtocolError('COMPRESSION_ERROR', 'header block: an integer beyond every limit');
  }

  /** A string literal (§5.2). */
  text(): string {
    const coded = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const start = this.#position;
    const end = start + length;
    if (end > this.#end) throw truncated();
    this.#position = end;
    return coded
      ? decodeHuffman(this.#bytes, start, end)
      : this.#bytes.toString('latin1', start, end);
  }

  #octet(): number {
    const octet = this.peek();
    this.#position += 1;
    return octet;
  }
}

function truncated(): ProtocolError {
  return new ProtocolError('COMPRESSION_ERROR', 'header block: it ends in the middle of a field');
}
