import type { HeaderField } from '../../http2/header-field.ts';
import { fieldSize } from './field-size.ts';

/** The fields a peer has asked to be remembered (RFC 7541 §2.3.2), newest first, of a bounded total size. */
export class DynamicTable {
  /** Oldest first: both ends of the table move at the cheap end of the array or rarely. */
  readonly #fields: HeaderField[] = [];
  #size = 0;
  #limit: number;
  #version = 0;

  /** `limit` in the octets of RFC 7541 §4.1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Changes whenever the same index may mean something else. */
  get version(): number {
    return this.#version;
  }

  /** The field at `index`, 0 being the newest. */
  at(index: number): HeaderField | undefined {
    return this.#fields[this.#fields.length - 1 - index];
  }

  /** A field that is larger than the whole table empties it, and is not an error (RFC 7541 §4.4). */
  add(field: HeaderField): void {
    this.#version += 1;
    const size = fieldSize(field);
    this.#evict(this.#limit - size);
    if (size > this.#limit) return;
    this.#fields.push(field);
    this.#size += size;
  }

  resize(limit: number): void {
    this.#version += 1;
    this.#limit = limit;
    this.#evict(limit);
  }

  #evict(limit: number): void {
    while (this.#size > limit) {
      const oldest = this.#fields.shift();
      if (oldest === undefined) return;
      this.#size -= fieldSize(oldest);
    }
  }
}
