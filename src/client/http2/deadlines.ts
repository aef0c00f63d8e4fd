import { LinkedList, type Linked } from './linked-list.ts';

/** Something that is not to go on for ever. */
export interface Expiring extends Linked<Expiring> {
  /** In milliseconds since 1970. */
  readonly deadline: number;
  /** The deadline has passed. Nothing to something that has ended meanwhile. */
  expire(): void;
}

/** The longest time a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Watches the deadlines of any number of calls with one timer, which never keeps the process alive. */
export class Deadlines {
  readonly #watched = new LinkedList<Expiring>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #due = Infinity;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#watched.size;
  }

  add(call: Expiring): void {
    this.#watched.add(call);
    // Calls mostly have the same time limit, so the one that began first is the one that is due first.
    if (call.deadline < this.#due) this.#wait(call.deadline);
  }

  delete(call: Expiring): void {
    this.#watched.delete(call);
  }

  #wait(due: number): void {
    clearTimeout(this.#timer);
    this.#due = due;
    const wait = Math.min(LONGEST_TIMER_MS, Math.max(1, due - this.#now()));
    this.#timer = setTimeout(() => {
      this.#onTimer();
    }, wait).unref();
  }

  #onTimer(): void {
    this.#due = Infinity;
    const now = this.#now();
    for (const call of this.#all()) {
      if (call.deadline <= now) call.expire();
    }
    // Those that are left: one that ends may have taken others with it.
    const next = this.#all().reduce((least, { deadline }) => Math.min(least, deadline), Infinity);
    if (next < this.#due) this.#wait(next);
  }

  #all(): Expiring[] {
    const calls: Expiring[] = [];
    for (let call = this.#watched.first; call !== undefined; call = call.next) calls.push(call);
    return calls;
  }
}
