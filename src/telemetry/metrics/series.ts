import type { MetricDefinition } from './catalogue.ts';
import type { Cell } from './cells.ts';
import type { CountedHistogram } from './metrics.ts';

type Value = number | CountedHistogram;

/** One series: what is counted here, and what sources say of it. */
export class Series {
  readonly labels: readonly string[];
  readonly #definition: MetricDefinition;
  /** What the program counts or reads here itself. */
  own: Cell | undefined;
  #taken: Value | undefined;

  constructor(labels: readonly string[], definition: MetricDefinition) {
    this.labels = labels;
    this.#definition = definition;
  }

  /** A value from elsewhere, for the collection that is being made; what is no value of this metric is left out. */
  take(value: Value): void {
    if (!isValue(value, this.#definition)) return;
    this.#taken = this.#definition.kind === 'gauge' ? value : sum(this.#taken, value);
  }

  /** The value now. What sources said is forgotten with it. */
  collect(): Value | undefined {
    const taken = this.#taken;
    this.#taken = undefined;
    const own = this.own?.value();
    if (own === undefined || !isValue(own, this.#definition)) return taken;
    return this.#definition.kind === 'gauge' ? own : sum(taken, own);
  }
}

function isValue(value: Value, { kind, bounds }: MetricDefinition): boolean {
  if (typeof value === 'number') {
    return kind !== 'histogram' && Number.isFinite(value) && (kind === 'gauge' || value >= 0);
  }
  return (
    kind === 'histogram' &&
    value.counts.length === (bounds?.length ?? 0) + 1 &&
    value.counts.every((count) => count >= 0) &&
    Number.isFinite(value.sum)
  );
}

function sum(one: Value | undefined, other: Value): Value {
  if (one === undefined) return other;
  if (typeof one === 'number' || typeof other === 'number') return Number(one) + Number(other);
  return {
    counts: one.counts.map((count, index) => count + (other.counts[index] ?? 0)),
    sum: one.sum + other.sum,
  };
}
