/** Where an event stands to those before it in its lane. */
export type Arrival = 'next' | 'again' | 'gap';

/** Events that may be done before one acknowledgement for all of them, while more are waiting; well within a window. */
const MOST_PER_ACKNOWLEDGEMENT = 64;

/** One lane on one connection: sequences rise by one, and acknowledgements say "up to and with this one". */
export class LaneOrder {
  #last: bigint | undefined;
  #waiting = 0;
  #highestDone = 0n;
  #unacknowledged = 0;

  /**
   * `last` is the sequence of the last event applied; undefined when the Core does not go on from there, in which case the
   * first one that comes is the next one.
   */
  constructor(last: bigint | undefined) {
    this.#last = last;
  }

  /** An event has come. */
  arrived(sequence: bigint): Arrival {
    const isNext = this.#last === undefined || sequence === this.#last + 1n;
    if (!isNext && this.#last !== undefined && sequence > this.#last) return 'gap';
    if (isNext) this.#last = sequence;
    this.#waiting += 1;
    return isNext ? 'next' : 'again';
  }

  /**
   * An event is done. Returns what to acknowledge now: at once when nothing else of the lane waits, otherwise every so
   * often, so that a long lane does not come back as as many frames.
   */
  done(sequence: bigint): bigint | undefined {
    this.#waiting -= 1;
    this.#unacknowledged += 1;
    if (sequence > this.#highestDone) this.#highestDone = sequence;
    if (this.#waiting > 0 && this.#unacknowledged < MOST_PER_ACKNOWLEDGEMENT) return undefined;
    this.#unacknowledged = 0;
    return this.#highestDone;
  }
}
