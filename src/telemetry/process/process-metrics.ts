import type { Metrics, Sample } from '../metrics/metrics.ts';

/**
 * Metrics of the process itself. They cost nothing until somebody collects: what the rest of them needs is loaded then, and
 * looks at the event loop every 20 ms from then on.
 */
export function observeProcess(metrics: Metrics, now: () => number): void {
  const startedAt = (now() - process.uptime() * 1000) / 1000;
  metrics.gauge('process_start_time_seconds', {}, () => startedAt);
  metrics.gauge('crypto_memory_usage_bytes', {}, () => process.memoryUsage.rss());
  metrics.source(() => {
    const { user, system } = process.cpuUsage();
    return [{ name: 'process_cpu_seconds_total', labels: {}, value: (user + system) / 1e6 }];
  });
  let openFiles: (() => Promise<readonly Sample[]>) | undefined;
  metrics.source(async () => {
    openFiles ??= (await import('./open-files.ts')).openFiles;
    return openFiles();
  });
  let delay: (() => readonly Sample[]) | undefined;
  metrics.source(async () => {
    delay ??= (await import('./event-loop-delay.ts')).watchEventLoop();
    return delay();
  });
}
