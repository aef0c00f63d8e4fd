import type { Resource } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  TracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { Sampling, Tracer } from '../tracing/tracer.ts';
import { boundedBatches, type Sending } from './bounded-batches.ts';
import type { Exporter } from './export-watch.ts';
import { SCOPE_NAME } from './scope.ts';
import { samplerOf, SdkTracer } from './sdk-tracer.ts';

export interface TraceExport extends Sending<ReadableSpan> {
  readonly resource: Resource;
  readonly version: string;
  readonly sampling: Sampling;
}

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

function processor(exporter: Exporter<ReadableSpan[]>, options: TraceExport): SpanProcessor {
  const { queue, batching } = boundedBatches('traces', exporter, options);
  const inner = new BatchSpanProcessor(batching);
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if (queue.take()) inner.onEnd(span);
    },
    forceFlush: async () => inner.forceFlush(),
    shutdown: async () => inner.shutdown(),
  };
}
