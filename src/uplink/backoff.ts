/**
 * Waits between attempts: full jitter, a random part of a ceiling that doubles, so that the Gateways of a Core that comes
 * back do not come back together (Exponential Backoff And Jitter, AWS Architecture Blog, 2015).
 */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #ceiling: number;

  constructor(firstMs: number, longestMs: number, random: () => number) {
    this.#first = firstMs;
    this.#longest = longestMs;
    this.#random = random;
    this.#ceiling = firstMs;
  }

  /** The next wait, ms. */
  next(): number {
    const wait = this.#random() * this.#ceiling;
    this.#ceiling = Math.min(this.#ceiling * 2, this.#longest);
    return wait;
  }

  reset(): void {
    this.#ceiling = this.#first;
  }
}
