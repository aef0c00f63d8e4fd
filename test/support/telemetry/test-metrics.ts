import { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts';

/** A registry whose warnings fail the test. */
export function testMetrics(): MetricsRegistry {
  return new MetricsRegistry({
    logger: {
      warn: (message, fields) => {
        throw new Error(`${message} ${JSON.stringify(fields)}`);
      },
    },
  });
}
