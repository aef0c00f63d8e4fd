/** A member of one list at most. */
export interface Linked<T> {
  next: T | undefined;
  previous: T | undefined;
}

/**
 * A list that members enter and leave at no cost. A Set or Map whose members come and go leaves its old tables behind,
 * each pointing to the next and to calls that ended long ago; once one of them is old enough, young generations survive
 * with it. That took a third of the time of a call.
 */
export class LinkedList<T extends Linked<T>> {
  #first: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first;
  }

  /** Adds a member that is in no list. */
  add(member: T): void {
    member.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = member;
    this.#first = member;
    this.#size += 1;
  }

  /** Takes out a member of this list. */
  delete(member: T): void {
    const { next, previous } = member;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    member.next = undefined;
    member.previous = undefined;
    this.#size -= 1;
  }
}
