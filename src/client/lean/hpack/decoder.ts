import type { HeaderField } from '../../http2/header-field.ts';
import { ProtocolError } from '../../http2/protocol-error.ts';
import { BlockReader } from './block-reader.ts';
import { DynamicTable } from './dynamic-table.ts';
import { fieldSize } from './field-size.ts';
import { STATIC_TABLE } from './static-table.ts';

/** Size of the dynamic table, in octets: what HTTP/2 starts with, so that we need not say so (RFC 9113 §6.5.2). */
const TABLE_SIZE = 4096;

/** Reads the header blocks of one direction of one connection, each exactly once and in their order (RFC 7541). */
export class HpackDecoder {
  readonly #table = new DynamicTable(TABLE_SIZE);
  readonly #maxListSize: number;

  /** `maxListSize`: octets of a list of fields (RFC 9113 §10.5.1). */
  constructor(maxListSize: number) {
    this.#maxListSize = maxListSize;
  }

  /** Stays the same as long as equal blocks mean equal fields. */
  get version(): number {
    return this.#table.version;
  }

  /**
   * The fields of the block in bytes[start, end). undefined: a list beyond the limit, which is read to its end all the
   * same because the table depends on it. Throws COMPRESSION_ERROR.
   */
  decode(bytes: Buffer, start: number, end: number): HeaderField[] | undefined {
    const reader = new BlockReader(bytes, start, end);
    const fields: HeaderField[] = [];
    let size = 0;
    let updatable = true;
    while (!reader.atEnd) {
      const first = reader.peek();
      // Dynamic table size update, at the beginning of a block alone (§4.2, §6.3).
      if ((first & 0xe0) === 0x20) {
        if (!updatable) throw malformed('a size update after a field');
        this.#resize(reader.integer(5));
        continue;
      }
      updatable = false;
      const field = this.#field(reader, first);
      size += fieldSize(field);
      if (size <= this.#maxListSize) fields.push(field);
    }
    return size <= this.#maxListSize ? fields : undefined;
  }

  #field(reader: BlockReader, first: number): HeaderField {
    // §6.1
    if ((first & 0x80) !== 0) return this.#indexed(reader.integer(7));
    // §6.2.1: remembered; §6.2.2 and §6.2.3: not, and to a reader the two are the same.
    const remembered = (first & 0x40) !== 0;
    const index = reader.integer(remembered ? 6 : 4);
    const name = index === 0 ? reader.text() : this.#indexed(index).name;
    const field = { name, value: reader.text() };
    if (remembered) this.#table.add(field);
    return field;
  }

  #indexed(index: number): HeaderField {
    const field =
      index <= STATIC_TABLE.length
        ? STATIC_TABLE[index - 1]
        : this.#table.at(index - STATIC_TABLE.length - 1);
    if (field === undefined) throw malformed('an index of no field');
    return field;
  }

  #resize(limit: number): void {
    if (limit > TABLE_SIZE) throw malformed('a table larger than allowed');
    this.#table.resize(limit);
  }
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('COMPRESSION_ERROR', `header block: ${what}`);
}
