import { METRICS, type MetricDefinition, type MetricName } from './catalogue.ts';
import type { MetricPoints } from './metric-points.ts';
import { Series } from './series.ts';

/** Most series of one metric. The last place is for everything that has none of its own. */
const MOST_SERIES = 500;

/** Value of every label of the series that stands for those that have no place. */
const OTHER = 'other';

/** Longest value of a label, in characters; the rest is cut off. */
const LONGEST_LABEL = 256;

/** One metric with its series. A series once admitted keeps its place: a counter must not wander into `other` and back. */
export class Family {
  readonly #name: MetricName;
  readonly #definition: MetricDefinition;
  readonly #series = new Map<string, Series>();

  constructor(name: MetricName) {
    this.#name = name;
    this.#definition = METRICS[name];
  }

  series(labels: Readonly<Record<string, string>>): Series {
    const key = this.#keyOf(labels);
    return this.#series.get(key) ?? this.#admit(key, labels);
  }

  points(): MetricPoints {
    const { kind } = this.#definition;
    const points = [];
    for (const series of this.#series.values()) {
      const value = series.collect();
      if (value !== undefined) points.push({ labels: series.labels, value });
    }
    return { kind, name: this.#name, definition: this.#definition, points } as MetricPoints;
  }

  #keyOf(labels: Readonly<Record<string, string>>): string {
    const names = this.#definition.labels;
    if (names.length === 0) return '';
    let key = labels[names[0] ?? ''] ?? '';
    for (let index = 1; index < names.length; index++) {
      key += `\0${labels[names[index] ?? ''] ?? ''}`;
    }
    return key;
  }

  #admit(key: string, labels: Readonly<Record<string, string>>): Series {
    const names = this.#definition.labels;
    if (this.#series.size < MOST_SERIES - 1) {
      const values = names.map((name) => (labels[name] ?? '').slice(0, LONGEST_LABEL));
      return this.#put(key, values);
    }
    const values = names.map(() => OTHER);
    // Gauges cannot be added up: one that has no place is forgotten.
    if (this.#definition.kind === 'gauge') return this.#newSeries(values);
    const other = values.join('\0');
    return this.#series.get(other) ?? this.#put(other, values);
  }

  #put(key: string, values: readonly string[]): Series {
    const series = this.#newSeries(values);
    this.#series.set(key, series);
    return series;
  }

  #newSeries(values: readonly string[]): Series {
    return new Series(values, this.#definition);
  }
}
