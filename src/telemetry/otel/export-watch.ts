import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { LOG_MESSAGES } from '../names.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

/** Least time between two complaints about exports, in milliseconds. */
const COMPLAINT_EVERY_MS = 60_000;

/** Counts what is exported and what is lost, and says so in the log: at most once a minute, whatever goes wrong. */
export class ExportWatch {
  readonly #metrics: Metrics;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #monotonicMs: () => number;
  #lastComplaint = -Infinity;

  constructor(options: {
    readonly metrics: Metrics;
    readonly logger: Pick<Logger, 'warn'>;
    readonly monotonicMs: () => number;
  }) {
    this.#metrics = options.metrics;
    this.#logger = options.logger;
    this.#monotonicMs = options.monotonicMs;
  }

  /** The same exporter, watched. `count` says of how many items a batch is; `taken` is told when one is on its way. */
  exporter<Items>(
    signal: Signal,
    exporter: Exporter<Items>,
    count: (items: Items) => number,
    taken: (items: number) => void = () => undefined,
  ): Required<Exporter<Items>> {
    const exported = this.#counter(signal, 'exported');
    const failed = this.#counter(signal, 'failed');
    return {
      export: (items, done) => {
        const number = count(items);
        taken(number);
        exporter.export(items, (result) => {
          if (result.code === ExportResultCode.SUCCESS) {
            exported.add(number);
          } else {
            failed.add(number);
            this.#complain(signal, result.error?.message ?? 'unknown');
          }
          done(result);
        });
      },
      forceFlush: async () => exporter.forceFlush?.(),
      shutdown: async () => exporter.shutdown(),
    };
  }

  /** A bound on what waits: `take` is true for what may wait too, and otherwise counts it as dropped. */
  queue(signal: Signal, limit: number): WatchedQueue {
    const dropped = this.#counter(signal, 'dropped');
    let waiting = 0;
    return {
      take: () => {
        if (waiting < limit) {
          waiting++;
          return true;
        }
        dropped.add();
        this.#complain(signal, 'more than can wait for the collector');
        return false;
      },
      taken: (items) => {
        waiting -= items;
      },
    };
  }

  #counter(signal: Signal, result: 'exported' | 'failed' | 'dropped') {
    return this.#metrics.counter('crypto_telemetry_items_total', { signal, result });
  }

  #complain(signal: Signal, reason: string): void {
    const now = this.#monotonicMs();
    if (now - this.#lastComplaint < COMPLAINT_EVERY_MS) return;
    this.#lastComplaint = now;
    this.#logger.warn(LOG_MESSAGES.exportFailed, { signal, reason });
  }
}

export interface WatchedQueue {
  readonly take: () => boolean;
  readonly taken: (items: number) => void;
}

/** What the exporters of all signals have in common. */
export interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
