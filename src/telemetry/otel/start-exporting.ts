import {
  MetricsExporterMetricsHelper,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { ExportPlan, OtlpProtocol } from '../export-plan.ts';
import type { LineSink } from '../log-writer.ts';
import type { Logger } from '../logger.ts';
import type { MetricsRegistry } from '../metrics/registry.ts';
import { NO_TRACER, type Tracer } from '../tracing/tracer.ts';
import { consoleMetricExporter, consoleSpanExporter } from './console-exporters.ts';
import { ExportWatch } from './export-watch.ts';
import { exportLogs } from './export-logs.ts';
import { exportMetrics } from './export-metrics.ts';
import { exportTraces } from './export-traces.ts';
import { openCollector, type Collector } from './otlp/collector.ts';
import { OtlpExporter, type Sender } from './otlp/otlp-exporter.ts';
import { resourceOf, type ResourceFacts } from './resource.ts';

/** What exporting needs of the program. */
export interface ExportingParts {
  readonly registry: MetricsRegistry;
  readonly logger: Logger;
  /** Takes lines of the log in their JSON form. */
  readonly lines: LineSink;
  readonly facts: ResourceFacts;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
}

/** Telemetry under way. */
export interface Exporting {
  readonly tracer: Tracer;
  /** Takes every line of the log, in its JSON form; absent: log records go nowhere else. */
  readonly logTap: LineSink | undefined;
  /** Sends what there is and ends. Never rejects, but may take as long as a collector does. */
  stop(): Promise<void>;
}

/** How each signal is called by the two protocols. */
const NAMES = {
  traces: { path: 'v1/traces', service: 'trace.v1.TraceService' },
  metrics: { path: 'v1/metrics', service: 'metrics.v1.MetricsService' },
  logs: { path: 'v1/logs', service: 'logs.v1.LogsService' },
} as const;

/**
 * Starts what the plan has. This module brings the SDK with it and is imported when there is something to export, not
 * before. CONFIG_INVALID when a file that the plan names cannot be read.
 */
export async function startExporting(plan: ExportPlan, parts: ExportingParts): Promise<Exporting> {
  const { registry, logger, lines, facts, clock } = parts;
  const makeSender = await senders(plan, openCollector(plan.collector, facts.version));
  const resource = resourceOf(facts, plan.resource);
  const watch = new ExportWatch({ metrics: registry, logger, monotonicMs: clock.monotonicMs });
  const console = { lines, service: facts.service, now: clock.now };
  const timeoutMs = plan.collector.timeoutMs;

  const traces = exportTraces({
    resource,
    ...{ watch, timeoutMs },
    version: facts.version,
    sampling: plan.sampling,
    exporters: plan.traces.map((target) =>
      target === 'console'
        ? consoleSpanExporter(console)
        : new OtlpExporter(ProtobufTraceSerializer, makeSender(target, 'traces')),
    ),
  });
  const metrics = exportMetrics({
    resource,
    ...{ registry, watch, timeoutMs },
    version: facts.version,
    now: clock.now,
    intervalMs: plan.metricsIntervalMs,
    exporters: plan.metrics.map((target) =>
      target === 'console'
        ? consoleMetricExporter(console)
        : new OtlpExporter(ProtobufMetricsSerializer, makeSender(target, 'metrics')),
    ),
    count: (batch) => MetricsExporterMetricsHelper.countItems(batch),
  });
  const logs = exportLogs({
    resource,
    ...{ watch, timeoutMs },
    version: facts.version,
    exporters: plan.logs.map(
      (target) => new OtlpExporter(ProtobufLogsSerializer, makeSender(target, 'logs')),
    ),
  });
  return {
    tracer: traces?.tracer ?? NO_TRACER,
    logTap: logs?.tap,
    stop: async () => {
      await Promise.allSettled([traces?.stop(), metrics?.stop(), logs?.stop()]);
    },
  };
}

/** Loads the protocols that the plan has: gRPC is half of all that exporting loads. */
async function senders(
  { traces, metrics, logs }: ExportPlan,
  collector: Collector,
): Promise<(target: OtlpProtocol, signal: keyof typeof NAMES) => Sender> {
  const targets = [...traces, ...metrics, ...logs];
  const grpc = targets.includes('otlp-grpc')
    ? (await import('./otlp/grpc-sender.ts')).grpcSender
    : undefined;
  const http = targets.includes('otlp-http')
    ? (await import('./otlp/http-sender.ts')).httpSender
    : undefined;
  return (target, signal) => {
    const { path, service } = NAMES[signal];
    const sender = target === 'otlp-grpc' ? grpc?.(collector, service) : http?.(collector, path);
    if (sender === undefined) throw new Error(`${target} is not in the plan`);
    return sender;
  };
}
