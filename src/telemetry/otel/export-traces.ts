import type { Resource } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  TracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { Sampling, Tracer } from '../tracing/tracer.ts';
import type { Exporter, ExportWatch } from './export-watch.ts';
import { SCOPE_NAME } from './scope.ts';
import { samplerOf, SdkTracer } from './sdk-tracer.ts';

export interface TraceExport {
  readonly resource: Resource;
  readonly version: string;
  readonly sampling: Sampling;
  readonly exporters: readonly Exporter<ReadableSpan[]>[];
  readonly count: (spans: ReadableSpan[]) => number;
  readonly watch: ExportWatch;
  /** Longest time that one sending takes, in milliseconds. */
  readonly timeoutMs: number;
}

/** Spans that wait to be sent, at most, and those that are sent at a time. */
const QUEUE = 8192;
const BATCH = 1024;

/** Milliseconds from the first span that waits to the sending of it. */
const DELAY_MS = 1000;

/** Attributes of a span, and characters of one. */
const SPAN_LIMITS = { attributeCountLimit: 64, attributeValueLengthLimit: 1024 };

/** Undefined when there is no exporter. */
export function exportTraces(
  options: TraceExport,
): { readonly tracer: Tracer; readonly stop: () => Promise<void> } | undefined {
  const { exporters, resource, sampling, version } = options;
  if (exporters.length === 0) return undefined;
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(sampling),
    spanLimits: SPAN_LIMITS,
    spanProcessors: exporters.map((exporter) => processor(exporter, options)),
  });
  return {
    tracer: new SdkTracer(provider.getTracer(SCOPE_NAME, version), sampling),
    stop: async () => provider.shutdown(),
  };
}

function processor(
  exporter: Exporter<ReadableSpan[]>,
  { watch, count, timeoutMs }: TraceExport,
): SpanProcessor {
  const queue = watch.queue('traces', QUEUE);
  const inner = new BatchSpanProcessor({
    exporter: watch.exporter('traces', exporter, count, queue.taken),
    maxQueueSize: QUEUE,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: timeoutMs + DELAY_MS,
  });
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if (queue.take()) inner.onEnd(span);
    },
    forceFlush: async () => inner.forceFlush(),
    shutdown: async () => inner.shutdown(),
  };
}
