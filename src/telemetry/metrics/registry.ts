import { LOG_MESSAGES } from '../names.ts';
import type { Logger } from '../logger.ts';
import {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
} from './catalogue.ts';
import { CounterCell, GaugeCell, HistogramCell } from './cells.ts';
import { Family } from './family.ts';
import type { MetricPoints } from './metric-points.ts';
import type { Counter, Histogram, Metrics, Sample } from './metrics.ts';
import type { Series } from './series.ts';
import { Deadline, Source } from './source.ts';

export type { MetricPoints, Point } from './metric-points.ts';

export interface RegistryOptions {
  readonly logger: Pick<Logger, 'warn'>;
  /** Milliseconds that sources may take together; one that is not ready by then is left out. Default 1000. */
  readonly sourceTimeoutMs?: number;
}

const SOURCE_TIMEOUT_MS = 1000;

/**
 * What the parts of a program count, in memory. Nothing here knows an exporter: whoever exports calls `collect`. Counters
 * and histograms that are kept by their user cost an addition; looking one up costs a joined text and a look into a map.
 */
export class MetricsRegistry implements Metrics {
  readonly #families = new Map<MetricName, Family>();
  readonly #sources: Source[] = [];
  readonly #logger: RegistryOptions['logger'];
  readonly #sourceTimeoutMs: number;
  #collecting: Promise<readonly MetricPoints[]> | undefined;

  constructor({ logger, sourceTimeoutMs = SOURCE_TIMEOUT_MS }: RegistryOptions) {
    this.#logger = logger;
    this.#sourceTimeoutMs = sourceTimeoutMs;
  }

  counter<Name extends CounterName>(name: Name, labels: LabelsOf<Name>): Counter {
    return (this.#series(name, labels).own ??= new CounterCell()) as CounterCell;
  }

  histogram<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>): Histogram {
    const series = this.#series(name, labels);
    return (series.own ??= new HistogramCell(METRICS[name].bounds)) as HistogramCell;
  }

  /** The latest function is the one that is read. What has no place among the series is left out. */
  gauge<Name extends GaugeName>(
    name: Name,
    labels: LabelsOf<Name>,
    read: () => number | undefined,
  ): void {
    this.#series(name, labels).own = new GaugeCell(this.#guarded(name, read));
  }

  source(read: () => readonly Sample[] | Promise<readonly Sample[]>): void {
    this.#sources.push(new Source(read));
  }

  /** Every metric that has a value now. Never rejects. Whoever asks while it is being done gets the same. */
  collect(): Promise<readonly MetricPoints[]> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #collect(): Promise<readonly MetricPoints[]> {
    for (const sample of await this.#samples()) this.#take(sample);
    const collected: MetricPoints[] = [];
    // In the order of the catalogue, so that two readings can be compared by eye.
    for (const name of Object.keys(METRICS) as MetricName[]) {
      const points = this.#families.get(name)?.points();
      if (points !== undefined && points.points.length > 0) collected.push(points);
    }
    return collected;
  }

  async #samples(): Promise<readonly Sample[]> {
    if (this.#sources.length === 0) return [];
    const deadline = new Deadline(this.#sourceTimeoutMs);
    const results = await Promise.all(
      this.#sources.map(async (source) => {
        try {
          return await source.read(deadline.passed);
        } catch (error) {
          this.#complainOnce(source, error);
          return [];
        }
      }),
    );
    deadline.cancel();
    return results.flat();
  }

  #complainOnce(about: { complained: boolean }, error: unknown, metric?: MetricName): void {
    if (about.complained) return;
    about.complained = true;
    const reason = error instanceof Error ? error.message : 'unknown';
    this.#logger.warn(LOG_MESSAGES.metricsSourceFailed, { metric, reason });
  }

  #guarded(name: MetricName, read: () => number | undefined): () => number | undefined {
    const about = { complained: false };
    return () => {
      try {
        return read();
      } catch (error) {
        this.#complainOnce(about, error, name);
        return undefined;
      }
    };
  }

  #take(sample: Sample): void {
    this.#series(sample.name, sample.labels).take(sample.value);
  }

  #series(name: MetricName, labels: Readonly<Record<string, string>>): Series {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = new Family(name);
      this.#families.set(name, family);
    }
    return family.series(labels);
  }
}
