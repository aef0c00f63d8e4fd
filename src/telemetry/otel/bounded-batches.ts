import type { Exporter, ExportWatch, Signal, WatchedQueue } from './export-watch.ts';

/** Items that wait to be sent, at most, and those that are sent at a time. */
const QUEUE = 8192;
const BATCH = 1024;

/** Batches that a full queue makes. */
export const BATCHES = QUEUE / BATCH;

/** Milliseconds from the first item that waits to the sending of it. */
const DELAY_MS = 1000;

/** How items are sent in batches. */
export interface Sending<Item> {
  readonly exporters: readonly Exporter<Item[]>[];
  readonly watch: ExportWatch;
  /** Longest time that one sending takes, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * What a batch processor of the SDK is made with, and the queue to ask before it is given anything: it drops what is too
 * much in silence, the queue counts it.
 */
export function boundedBatches<Item>(
  signal: Signal,
  exporter: Exporter<Item[]>,
  { watch, timeoutMs }: Pick<Sending<Item>, 'watch' | 'timeoutMs'>,
): { readonly queue: WatchedQueue; readonly batching: Batching<Item> } {
  const queue = watch.queue(signal, QUEUE);
  const count = (items: Item[]): number => items.length;
  return {
    queue,
    batching: {
      exporter: watch.exporter(signal, exporter, count, queue.taken),
      maxQueueSize: QUEUE,
      maxExportBatchSize: BATCH,
      scheduledDelayMillis: DELAY_MS,
      exportTimeoutMillis: timeoutMs + DELAY_MS,
    },
  };
}

interface Batching<Item> {
  readonly exporter: Required<Exporter<Item[]>>;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
}
