import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ExportResultCode, hrTimeToMilliseconds, type ExportResult } from '@opentelemetry/core';
import {
  DataPointType,
  type DataPoint,
  type Histogram,
  type MetricData,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { jsonLine, type LogFields } from '../json-line.ts';
import type { LineSink } from '../log-writer.ts';

/**
 * The exporters named `console`: one line of the log for each span and each series, in the form that the log has. The SDK's
 * own print JavaScript objects over many lines, which would break up a log of one JSON object a line.
 */
export interface ConsoleOptions {
  /** Takes lines in their JSON form. */
  readonly lines: LineSink;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function consoleSpanExporter(options: ConsoleOptions): SpanExporter {
  return {
    export: (spans, done) => {
      write(options, 'span', spans.map(spanFields), done);
    },
    shutdown: async () => Promise.resolve(),
  };
}

export function consoleMetricExporter(options: ConsoleOptions): PushMetricExporter {
  return {
    export: ({ scopeMetrics }: ResourceMetrics, done) => {
      const fields = scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(seriesFields));
      write(options, 'metric', fields, done);
    },
    forceFlush: async () => Promise.resolve(),
    shutdown: async () => Promise.resolve(),
  };
}

function write(
  { lines, service, now }: ConsoleOptions,
  message: string,
  all: readonly LogFields[],
  done: (result: ExportResult) => void,
): void {
  const frame = { level: 'INFO', now: now(), service, message };
  lines.write(all.map((fields) => jsonLine(frame, fields)).join(''));
  done({ code: ExportResultCode.SUCCESS });
}

function spanFields(span: ReadableSpan): LogFields {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    startedAt: new Date(hrTimeToMilliseconds(span.startTime)).toISOString(),
    durationMs: hrTimeToMilliseconds(span.duration),
    error: span.status.code === SpanStatusCode.ERROR ? span.status.message : undefined,
    ...scalars(span.attributes),
  };
}

function seriesFields(metric: MetricData): readonly LogFields[] {
  const name = metric.descriptor.name;
  switch (metric.dataPointType) {
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.map(({ attributes, value }: DataPoint<Histogram>) => ({
        name,
        count: value.count,
        sum: value.sum,
        ...scalars(attributes),
      }));
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return metric.dataPoints.map(({ attributes, value }: DataPoint<number>) => ({
        name,
        value,
        ...scalars(attributes),
      }));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return [];
  }
}

/** Of the kinds of value that ours have. */
function scalars(attributes: Readonly<Record<string, unknown>>): LogFields {
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      fields[name] = value;
    }
  }
  return fields;
}
