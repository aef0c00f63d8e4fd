/** Uids in the order of their inner ids. New ids are mostly the highest, so that adding is mostly appending. */
export class KeyOrder {
  readonly #entries: { readonly id: Uint8Array; readonly uid: string }[] = [];

  add(id: Uint8Array, uid: string): void {
    this.#entries.splice(this.#position(id), 0, { id, uid });
  }

  remove(id: Uint8Array): void {
    this.#entries.splice(this.#position(id), 1);
  }

  /** Uid of the key with this id. */
  find(id: Uint8Array): string | undefined {
    const position = this.#position(id);
    return this.#compareAt(position, id) === 0 ? this.#entries[position]?.uid : undefined;
  }

  /** Uids of the ids above `id`; all of them without one. */
  *after(id: Uint8Array | undefined): Generator<string, void, undefined> {
    let position = id === undefined ? 0 : this.#position(id);
    if (id !== undefined && this.#compareAt(position, id) === 0) position += 1;
    for (; position < this.#entries.length; position += 1) {
      const entry = this.#entries[position];
      if (entry !== undefined) yield entry.uid;
    }
  }

  /** Where `id` is, or would have to be. */
  #position(id: Uint8Array): number {
    let low = 0;
    let high = this.#entries.length;
    if (high > 0 && this.#compareAt(high - 1, id) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareAt(middle, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compareAt(position: number, id: Uint8Array): number {
    const entry = this.#entries[position];
    return entry === undefined ? 1 : Buffer.compare(entry.id, id);
  }
}
