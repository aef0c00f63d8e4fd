import type { CounterName, GaugeName, HistogramName, MetricDefinition } from './catalogue.ts';
import type { CountedHistogram } from './metrics.ts';

/** The series of a metric as they stood when they were collected. At least one: a metric without any is left out. */
export type MetricPoints =
  | {
      readonly kind: 'counter' | 'gauge';
      readonly name: CounterName | GaugeName;
      readonly definition: MetricDefinition;
      readonly points: readonly Point<number>[];
    }
  | {
      readonly kind: 'histogram';
      readonly name: HistogramName;
      readonly definition: MetricDefinition;
      readonly points: readonly Point<CountedHistogram>[];
    };

export interface Point<Value> {
  /** The values of the labels, in the order of the catalogue. */
  readonly labels: readonly string[];
  /** Counted since the registry began, except of a gauge. */
  readonly value: Value;
}
