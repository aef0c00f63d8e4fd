import type { Settings } from './settings.ts';
import { parseCollector, parseHeaders, parseInterval, parsePairs } from './telemetry-values.ts';

/** Shortest and longest time between two sendings of metrics, in milliseconds. */
const SHORTEST = 100;
const LONGEST = 24 * 3_600_000;

/** What is wrong with telemetry settings that are each right by their form. No value of a secret is in it. */
export function telemetryContradictions(telemetry: Settings['telemetry']): string[] {
  const { traces, metrics, logs, otlp, resourceAttributes } = telemetry;
  const problems: string[] = [];
  for (const [signal, { exporters }] of Object.entries({ traces, metrics, logs })) {
    if (exporters.length > 1 && exporters.some((name) => name === 'none')) {
      problems.push(`telemetry.${signal}.exporters: none stands alone`);
    }
  }
  if (metrics.interval !== undefined) {
    const interval = parseInterval(metrics.interval);
    if (!(interval >= SHORTEST && interval <= LONGEST)) {
      problems.push('telemetry.metrics.interval: must be from 100ms to 24h');
    }
  }
  if (resourceAttributes !== undefined && parsePairs(resourceAttributes) === undefined) {
    problems.push('telemetry.resourceAttributes: must be percent-encoded where it has a %');
  }
  if (otlp.headers !== undefined && parseHeaders(otlp.headers) === undefined) {
    problems.push('telemetry.otlp.headers: must be names and values of HTTP headers');
  }
  if (otlp.endpoint !== undefined && parseCollector(otlp.endpoint) === undefined) {
    problems.push('telemetry.otlp.endpoint: must have a port from 0 to 65535');
  }
  if ((otlp.clientCertificate === undefined) !== (otlp.clientKey === undefined)) {
    problems.push('telemetry.otlp.clientCertificate and clientKey: set both or neither');
  }
  return problems;
}
