import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { observeProcess } from '../../../../src/telemetry/process/process-metrics.ts';
import type { MetricsRegistry } from '../../../../src/telemetry/metrics/registry.ts';
import { readMetrics } from '../../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../../support/telemetry/test-metrics.ts';

function observed(): MetricsRegistry {
  const registry = testMetrics();
  observeProcess(registry, () => Date.now());
  return registry;
}

describe('the metrics of the process', () => {
  it('are those that Prometheus clients have', async () => {
    const metrics = await readMetrics(observed());
    expect(metrics['process_start_time_seconds{}']).toBeCloseTo(
      Date.now() / 1000 - process.uptime(),
      0,
    );
    expect(metrics['crypto_memory_usage_bytes{}']).toBeGreaterThan(10 * 1024 * 1024);
    expect(metrics['process_max_fds{}']).toBeGreaterThan(10);
  });

  it('count processor time upwards', async () => {
    const registry = observed();
    const before = (await readMetrics(registry))['process_cpu_seconds_total{}'] ?? 0;
    const used = process.cpuUsage();
    while (process.cpuUsage(used).user < 30_000);
    const after = (await readMetrics(registry))['process_cpu_seconds_total{}'] ?? 0;
    expect(after - before).toBeGreaterThan(0.02);
    expect(after - before).toBeLessThan(5);
  });

  it('see a file that is opened and closed', async () => {
    const registry = observed();
    const count = async () => (await readMetrics(registry))['process_open_fds{}'] ?? 0;
    const before = await count();
    const files = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'));
    expect(await count()).toBeGreaterThanOrEqual(before + 15);
    files.forEach(closeSync);
    expect(await count()).toBeLessThan(before + 15);
  });

  it('measure how late the event loop is from the first reading on, each reading for itself', async () => {
    const registry = observed();
    const late = async () => (await readMetrics(registry))['nodejs_eventloop_delay_seconds{}'];
    const pause = async (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    expect(await late()).toBeUndefined();
    await pause(50);
    const until = performance.now() + 200;
    while (performance.now() < until);
    await pause(50);
    expect(await late()).toBeGreaterThan(0.1);
    await pause(100);
    expect(await late()).toBeLessThan(0.1);
  });
});
