/** A member of one table at most. */
export interface Numbered<T> {
  /** Odd: 1, 3, 5 … */
  readonly id: number;
  /** The next one in its place of the table. */
  next: T | undefined;
}

const FIRST_BUCKETS = 64;

/** Streams by their number. Not a Map, for the reason that `LinkedList` gives. */
export class NumberedTable<T extends Numbered<T>> {
  #buckets = emptyBuckets<T>(FIRST_BUCKETS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    let stream = this.#buckets[this.#bucket(id)];
    while (stream !== undefined && stream.id !== id) stream = stream.next;
    return stream;
  }

  add(stream: T): void {
    if (this.#size >= this.#buckets.length) this.#grow();
    this.#insert(stream);
    this.#size += 1;
  }

  /** Takes out a stream that is in the table. */
  delete(stream: T): void {
    const bucket = this.#bucket(stream.id);
    let before = this.#buckets[bucket];
    if (before === stream) {
      this.#buckets[bucket] = stream.next;
    } else {
      while (before !== undefined && before.next !== stream) before = before.next;
      if (before !== undefined) before.next = stream.next;
    }
    stream.next = undefined;
    this.#size -= 1;
  }

  /** All there are now, in any order. */
  all(): T[] {
    const streams: T[] = [];
    for (let stream of this.#buckets) {
      for (; stream !== undefined; stream = stream.next) streams.push(stream);
    }
    return streams;
  }

  #bucket(id: number): number {
    return (id >>> 1) & (this.#buckets.length - 1);
  }

  #insert(stream: T): void {
    const bucket = this.#bucket(stream.id);
    stream.next = this.#buckets[bucket];
    this.#buckets[bucket] = stream;
  }

  #grow(): void {
    const streams = this.all();
    this.#buckets = emptyBuckets<T>(2 * this.#buckets.length);
    for (const stream of streams) this.#insert(stream);
  }
}

function emptyBuckets<T>(count: number): (T | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}
