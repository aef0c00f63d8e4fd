import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { METRICS, type MetricName } from '../../../../src/telemetry/metrics/catalogue.ts';
import type { Sample } from '../../../../src/telemetry/metrics/metrics.ts';
import { prometheusText } from '../../../../src/telemetry/metrics/prometheus-text.ts';
import { MetricsRegistry } from '../../../../src/telemetry/metrics/registry.ts';

const newRegistry = () => new MetricsRegistry({ logger: { warn: () => undefined } });

describe('the text that Prometheus reads', () => {
  it('has each metric by its name with help, type and its own labels alone', async () => {
    const registry = newRegistry();
    const labels = { rpc_method: 'HashData', status: 'OK', profile: 'Default' };
    registry.counter('crypto_requests_total', labels).add(3);
    registry.gauge('process_open_fds', {}, () => 12);
    expect(prometheusText(await registry.collect())).toBe(
      [
        `# HELP crypto_requests_total ${METRICS.crypto_requests_total.help}`,
        '# TYPE crypto_requests_total counter',
        'crypto_requests_total{rpc_method="HashData",status="OK",profile="Default"} 3',
        '# HELP process_open_fds Open file descriptors.',
        '# TYPE process_open_fds gauge',
        'process_open_fds 12',
        '',
      ].join('\n'),
    );
  });

  it('has histograms cumulative, with everything at +Inf', async () => {
    const registry = newRegistry();
    const durations = registry.histogram('krypton_kmip_request_duration_seconds', {
      operation: 'Get',
    });
    for (const value of [0.00005, 0.0003, 0.0003, 7]) durations.record(value);
    const lines = prometheusText(await registry.collect()).split('\n');
    const name = 'krypton_kmip_request_duration_seconds';
    expect(lines.slice(2)).toEqual([
      ...[0.0001, 0.00025].map((le) => `${name}_bucket{operation="Get",le="${le}"} 1`),
      ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1].map(
        (le) => `${name}_bucket{operation="Get",le="${le}"} 3`,
      ),
      `${name}_bucket{operation="Get",le="+Inf"} 4`,
      `${name}_sum{operation="Get"} 7.00065`,
      `${name}_count{operation="Get"} 4`,
      '',
    ]);
  });

  it('cannot be broken out of by the value of a label', async () => {
    const registry = newRegistry();
    const profile = 'a"} 1\nevil{x="\\\ud800';
    registry.counter('crypto_requests_total', { rpc_method: 'X', status: 'OK', profile }).add();
    const [, , line, end] = prometheusText(await registry.collect()).split('\n');
    expect(line).toBe(
      'crypto_requests_total{rpc_method="X",status="OK",profile="a\\"} 1\\nevil{x=\\"\\\\\ufffd"} 1',
    );
    expect(end).toBe('');
  });

  const missing = spawnSync('promtool', ['--version']).error !== undefined;
  it.skipIf(missing)(
    `is accepted by promtool for every metric of the catalogue${missing ? ' (skipped: no promtool; apt-get install prometheus)' : ''}`,
    async () => {
      const registry = newRegistry();
      registry.source(() => (Object.keys(METRICS) as MetricName[]).map(sampleOf));
      const text = prometheusText(await registry.collect());
      expect(text.match(/^# TYPE /gm)).toHaveLength(Object.keys(METRICS).length);
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: text,
      });
      // 3: remarks of style, such as that a name has an abbreviation in it.
      const remarks = `${stdout.toString()}${stderr.toString()}`;
      expect([0, 3], remarks).toContain(status);
      expect(remarks).not.toMatch(/error while linting|expected|invalid/i);
    },
  );
});

function sampleOf(name: MetricName): Sample {
  const definition = METRICS[name];
  const labels = Object.fromEntries(definition.labels.map((label) => [label, `a ${label}`]));
  const value =
    'bounds' in definition
      ? { counts: [...definition.bounds.map(() => 1), 1], sum: 12.5 }
      : 1_700_000_000.5;
  return { name, labels, value } as unknown as Sample;
}
