import type { CounterName, GaugeName, HistogramName, LabelsOf, MetricName } from './catalogue.ts';

/** One series of a counter. */
export interface Counter {
  /** Adds a number that is not negative; 1 when none is given. */
  add(by?: number): void;
}

/** One series of a histogram. */
export interface Histogram {
  /** Takes one value, in the metric's unit. */
  record(value: number): void;
}

/** A histogram that was counted somewhere else: classes as in the catalogue, and one for what is beyond the last. */
export interface CountedHistogram {
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A series that was counted somewhere else, read when metrics are collected. */
export type Sample = {
  [Name in MetricName]: {
    readonly name: Name;
    readonly labels: LabelsOf<Name>;
    readonly value: Name extends HistogramName ? CountedHistogram : number;
  };
}[MetricName];

/**
 * Where the parts of a program count. Counting is an addition in memory, whether or not anybody reads; who exports is
 * decided elsewhere (src/telemetry/otel), and loaded only then. A metric has at most 500 series: what would be one more is
 * counted in a series whose labels are all "other".
 */
export interface Metrics {
  counter<Name extends CounterName>(name: Name, labels: LabelsOf<Name>): Counter;
  histogram<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>): Histogram;
  /** A value that is read when metrics are collected; undefined: there is none now. Must be quick and must not throw. */
  gauge<Name extends GaugeName>(
    name: Name,
    labels: LabelsOf<Name>,
    read: () => number | undefined,
  ): void;
  /** Series of anything, read when metrics are collected. A source that rejects is left out of that collection. */
  source(read: () => readonly Sample[] | Promise<readonly Sample[]>): void;
}
