import type { CountedHistogram, Counter, Histogram } from './metrics.ts';

/** What a program counts itself, one series each. */
export type Cell = CounterCell | HistogramCell | GaugeCell;

export class CounterCell implements Counter {
  #count = 0;

  add(by = 1): void {
    // False for what is not a number, too.
    if (by > 0 && by < Infinity) this.#count += by;
  }

  value(): number {
    return this.#count;
  }
}

export class HistogramCell implements Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(value: number): void {
    if (!(value > -Infinity && value < Infinity)) return;
    let index = 0;
    // Ten bounds: going through them is quicker than halving, and most values are small.
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      index++;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  value(): CountedHistogram {
    return { counts: [...this.#counts], sum: this.#sum };
  }
}

export class GaugeCell {
  readonly value: () => number | undefined;

  constructor(read: () => number | undefined) {
    this.value = read;
  }
}
