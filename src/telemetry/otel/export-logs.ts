import type { Resource } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs';
import type { LineSink } from '../log-writer.ts';
import { boundedBatches, type Sending } from './bounded-batches.ts';
import type { Exporter } from './export-watch.ts';
import { LogTap } from './log-tap.ts';
import { SCOPE_NAME } from './scope.ts';

export interface LogExport extends Sending<ReadableLogRecord> {
  readonly resource: Resource;
  readonly version: string;
}

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
  options: LogExport,
): LogRecordProcessor {
  const { queue, batching } = boundedBatches('logs', exporter, options);
  const inner = new BatchLogRecordProcessor(batching);
  return {
    onEmit: (record) => {
      if (queue.take()) inner.onEmit(record);
    },
    forceFlush: async () => inner.forceFlush(),
    shutdown: async () => inner.shutdown(),
  };
}
