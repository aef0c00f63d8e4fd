import type { Resource } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs';
import type { LineSink } from '../log-writer.ts';
import type { Exporter, ExportWatch } from './export-watch.ts';
import { LogTap } from './log-tap.ts';
import { SCOPE_NAME } from './scope.ts';

export interface LogExport {
  readonly resource: Resource;
  readonly version: string;
  readonly exporters: readonly Exporter<ReadableLogRecord[]>[];
  readonly count: (records: ReadableLogRecord[]) => number;
  readonly watch: ExportWatch;
  /** Longest time that one sending takes, in milliseconds. */
  readonly timeoutMs: number;
}

/** Log records that wait to be sent, at most, and those that are sent at a time. */
const QUEUE = 8192;
const BATCH = 1024;

/** Milliseconds from the first record that waits to the sending of it. */
const DELAY_MS = 1000;

/** Undefined when there is no exporter. */
export function exportLogs(
  options: LogExport,
): { readonly tap: LineSink; readonly stop: () => Promise<void> } | undefined {
  const { exporters, resource, version } = options;
  if (exporters.length === 0) return undefined;
  const provider = new LoggerProvider({
    resource,
    processors: exporters.map((exporter) => processor(exporter, options)),
  });
  return {
    tap: new LogTap(provider.getLogger(SCOPE_NAME, version)),
    stop: async () => provider.shutdown(),
  };
}

function processor(
  exporter: Exporter<ReadableLogRecord[]>,
  { watch, count, timeoutMs }: LogExport,
): LogRecordProcessor {
  const queue = watch.queue('logs', QUEUE);
  const inner = new BatchLogRecordProcessor({
    exporter: watch.exporter('logs', exporter, count, queue.taken),
    maxQueueSize: QUEUE,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: timeoutMs + DELAY_MS,
  });
  return {
    onEmit: (record) => {
      if (queue.take()) inner.onEmit(record);
    },
    forceFlush: async () => inner.forceFlush(),
    shutdown: async () => inner.shutdown(),
  };
}
