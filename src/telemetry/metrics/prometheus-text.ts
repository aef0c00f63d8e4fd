import type { CountedHistogram } from './metrics.ts';
import type { MetricPoints } from './registry.ts';

/** Media type of what `prometheusText` makes. */
export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Metrics in Prometheus's text format (version 0.0.4), each by its name in the catalogue and with no label that is not there.
 * Made here rather than by the SDK's exporter, which adds labels of its own to each series and brings the SDK with it.
 */
export function prometheusText(metrics: readonly MetricPoints[]): string {
  return metrics.map(family).join('');
}

function family(metric: MetricPoints): string {
  const { name, kind, definition } = metric;
  const head = `# HELP ${name} ${escapedHelp(definition.help)}\n# TYPE ${name} ${kind}\n`;
  const series =
    metric.kind === 'histogram'
      ? metric.points.map(({ labels, value }) => {
          const pairs = labelPairs(definition.labels, labels);
          return histogram(name, pairs, value, definition.bounds ?? []);
        })
      : metric.points.map(({ labels, value }) =>
          line(name, labelPairs(definition.labels, labels), value),
        );
  return head + series.join('');
}

function histogram(
  name: string,
  pairs: readonly string[],
  { counts, sum }: CountedHistogram,
  bounds: readonly number[],
): string {
  let text = '';
  let below = 0;
  for (const [index, count] of counts.entries()) {
    below += count;
    const bound = bounds[index];
    const le = `le="${bound === undefined ? '+Inf' : String(bound)}"`;
    text += line(`${name}_bucket`, [...pairs, le], below);
  }
  return text + line(`${name}_sum`, pairs, sum) + line(`${name}_count`, pairs, below);
}

function line(name: string, pairs: readonly string[], value: number): string {
  const labels = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  return `${name}${labels} ${String(value)}\n`;
}

function labelPairs(names: readonly string[], values: readonly string[]): readonly string[] {
  return names.map((name, index) => `${name}="${escapedValue(values[index] ?? '')}"`);
}

function escapedHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

function escapedValue(text: string): string {
  // Half a surrogate pair is no text in UTF-8.
  return escapedHelp(text)
    .replace(/"/g, '\\"')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
