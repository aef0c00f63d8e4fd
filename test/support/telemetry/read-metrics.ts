import type { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts';
import type { CountedHistogram } from '../../../src/telemetry/metrics/metrics.ts';

/** Every series that has a value, by its name and labels: `name{label="value"}`. A histogram is the number of its values. */
export async function readMetrics(registry: MetricsRegistry): Promise<Record<string, number>> {
  const series: Record<string, number> = {};
  for (const { name, definition, points } of await registry.collect()) {
    for (const { labels, value } of points) {
      const pairs = definition.labels.map((label, index) => `${label}="${labels[index] ?? ''}"`);
      series[`${name}{${pairs.join(',')}}`] = numberOf(value);
    }
  }
  return series;
}

function numberOf(value: number | CountedHistogram): number {
  return typeof value === 'number' ? value : value.counts.reduce((sum, count) => sum + count, 0);
}
