import type { Resource } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { MetricsRegistry } from '../metrics/registry.ts';
import type { Exporter, ExportWatch } from './export-watch.ts';
import { metricData } from './metric-data.ts';
import { SCOPE_NAME } from './scope.ts';

export interface MetricsExport {
  readonly resource: Resource;
  readonly version: string;
  readonly registry: MetricsRegistry;
  readonly exporters: readonly Exporter<ResourceMetrics>[];
  readonly count: (batch: ResourceMetrics) => number;
  readonly watch: ExportWatch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly intervalMs: number;
  /** Longest time that one sending takes, in milliseconds. */
  readonly timeoutMs: number;
}

/** Undefined when there is no exporter. */
export function exportMetrics(
  options: MetricsExport,
): { readonly stop: () => Promise<void> } | undefined {
  const { exporters, watch, count, intervalMs, timeoutMs } = options;
  if (exporters.length === 0) return undefined;
  const producer = registryProducer(options);
  const readers = exporters.map((exporter) => {
    const reader = new PeriodicExportingMetricReader({
      exporter: watch.exporter('metrics', exporter, count),
      exportIntervalMillis: intervalMs,
      // The next sending is not to begin before the last has been given up.
      exportTimeoutMillis: Math.min(intervalMs, timeoutMs),
    });
    reader.setMetricProducer(producer);
    return reader;
  });
  return {
    stop: async () => {
      await Promise.allSettled(readers.map(async (reader) => reader.shutdown()));
    },
  };
}

/** Reads the registry each time a reader asks: the SDK counts nothing itself. */
function registryProducer({ resource, registry, version, now }: MetricsExport) {
  const from = now();
  return {
    collect: async () => {
      const collected = await registry.collect();
      const period = { from, until: now() };
      const metrics = collected.map((metric) => metricData(metric, period));
      const scopeMetrics = [{ scope: { name: SCOPE_NAME, version }, metrics }];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
  };
}
