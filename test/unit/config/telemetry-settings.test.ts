import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/index.ts';
import {
  parseCollector,
  parseHeaders,
  parseInterval,
  parsePairs,
} from '../../../src/config/telemetry-values.ts';
import { BrokerError } from '../../../src/errors/index.ts';

const load = (env: Readonly<Record<string, string>>) => loadSettings({ scope: 'server', env });

/** What the start is refused with. */
function refusal(env: Readonly<Record<string, string>>): string {
  try {
    load(env);
  } catch (error) {
    if (error instanceof BrokerError) return error.message;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('the variables of OpenTelemetry', () => {
  it.each([
    [
      { OTEL_TRACES_EXPORTER: 'zipkin' },
      'OTEL_TRACES_EXPORTER: must be one of none, console, otlp',
    ],
    [{ OTEL_TRACES_EXPORTER: 'otlp,zipkin' }, 'not "zipkin"'],
    [{ OTEL_TRACES_EXPORTER: 'prometheus' }, 'not "prometheus"'],
    [{ OTEL_METRICS_EXPORTER: 'statsd' }, 'otlpgrpc, prometheus, not "statsd"'],
    [{ OTEL_LOGS_EXPORTER: ',' }, 'OTEL_LOGS_EXPORTER: must have at least 1 entry'],
    [{ OTEL_TRACES_EXPORTER: 'none,otlp' }, 'telemetry.traces.exporters: none stands alone'],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, 'OTEL_TRACES_SAMPLER: must be one of always_on'],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.1' }, 'OTEL_TRACES_SAMPLER_ARG: must be at most 1'],
    [{ OTEL_TRACES_SAMPLER_ARG: '-0.1' }, 'OTEL_TRACES_SAMPLER_ARG: must be a number'],
    [{ OTEL_TRACES_SAMPLER_ARG: '1%' }, 'OTEL_TRACES_SAMPLER_ARG: must be a number, not "1%"'],
    [{ OTEL_METRICS_INTERVAL: '30' }, 'must be a duration such as 30s or 1m30s'],
    [{ OTEL_METRICS_INTERVAL: '99ms' }, 'telemetry.metrics.interval: must be from 100ms to 24h'],
    [{ OTEL_METRICS_INTERVAL: '24h1s' }, 'telemetry.metrics.interval: must be from 100ms to 24h'],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '0' }, 'OTEL_METRIC_EXPORT_INTERVAL: must be at least 100'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, 'must be HOST:PORT or an http or https URL'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://collector:1' }, 'must be HOST:PORT or an http or https'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:65536' }, 'must have a port from 0 to 65535'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1/x?key=1' }, 'without user, query and fragment'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'must be one of http/protobuf, grpc'],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem' }, 'must be an absolute path'],
    [
      { OTEL_EXPORTER_OTLP_CLIENT_KEY: '/k' },
      'clientCertificate and clientKey: set both or neither',
    ],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'team' }, 'must be name=value pairs separated by commas'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'team=%zz' }, 'must be percent-encoded where it has a %'],
    [{ OTEL_SERVICE_NAME: 'a\nb' }, 'OTEL_SERVICE_NAME: must be text'],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: '65536' }, 'must be at most 65535'],
    [{ OTEL_SDK_DISABLED: 'maybe' }, 'OTEL_SDK_DISABLED: must be true or false, not "maybe"'],
  ])('refuse the start by name for %j', (env, words) => {
    expect(refusal(env)).toContain(words);
  });

  it.each(['zipkin', 'CONSOLE'])('know exporters by their exact names: %s', (name) => {
    expect(refusal({ OTEL_TRACES_EXPORTER: name })).toContain(`not "${name}"`);
  });

  it('count as not set when they are empty', () => {
    expect(load({ OTEL_TRACES_EXPORTER: '' }).settings.telemetry.traces.exporters).toEqual([
      'none',
    ]);
  });

  it('concern programs alone: a client starts whatever they are', () => {
    const env = { OTEL_TRACES_EXPORTER: 'zipkin' };
    expect(() => loadSettings({ scope: 'client', env })).not.toThrow();
  });
});

describe('credentials for the collector', () => {
  const canary = 'canary-7d1f';

  it('are never shown', () => {
    const loaded = load({
      OTEL_EXPORTER_OTLP_HEADERS: `api-key=${canary}`,
      OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: `Bearer ${canary}`,
    });
    expect(loaded.settings.telemetry.otlp.authorization).toBe(`Bearer ${canary}`);
    expect(JSON.stringify([loaded.rows, [...loaded.sources], loaded.warnings])).not.toContain(
      canary,
    );
  });

  it.each([
    { OTEL_EXPORTER_OTLP_HEADERS: canary },
    { OTEL_EXPORTER_OTLP_HEADERS: `x=${canary}%0d%0ainjected: 1` },
    { OTEL_EXPORTER_OTLP_HEADERS: `a b=${canary}` },
    { OTEL_EXPORTER_OTLP_HEADERS: `x=${canary}%` },
    { OTEL_EXPORTER_OTLP_HEADERS: `x=${canary}${'y'.repeat(9000)}` },
    { OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: `Bearer ${canary}\r\ninjected: 1` },
    { OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: `Bearer ${canary}\u00e9` },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `https://user:${canary}@collector:4318` },
  ])('are not repeated by the complaint about them (case %#)', (env) => {
    const complaint = refusal(env);
    expect(complaint).toMatch(/OTEL_EXPORTER_OTLP|telemetry\.otlp\.headers/);
    expect(complaint).not.toContain(canary);
  });
});

describe('the texts of telemetry settings', () => {
  it.each([
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
  ])('are durations: %s', (text, milliseconds) => {
    expect(parseInterval(text)).toBe(milliseconds);
  });

  it('are pairs, percent-decoded, the last of a name counting', () => {
    expect([...(parsePairs(' a = 1 ,b=x%2Cy%3Dz,a=2,c=p=q,') ?? [])]).toEqual([
      ['a', '2'],
      ['b', 'x,y=z'],
      ['c', 'p=q'],
    ]);
    expect(parsePairs('a=%')).toBeUndefined();
  });

  it('are headers in lower case', () => {
    expect([...(parseHeaders('X-Key=a%20b,Y=') ?? [])]).toEqual([
      ['x-key', 'a b'],
      ['y', ''],
    ]);
    for (const bad of ['a b=1', 'x=%0a', 'x=%c3%a9', ':path=/', 'grpc-timeout=1S', '=1']) {
      expect(parseHeaders(bad), bad).toBeUndefined();
    }
  });

  it.each(['Connection=close', 'Content-Length=5', 'transfer-encoding=chunked', 'upgrade=h2c'])(
    'are no headers when they are about a connection or the end of a message: %s',
    (bad) => {
      expect(parseHeaders(`x=1,${bad}`)).toBeUndefined();
    },
  );

  it('are collectors: a URL, or a host and a port', () => {
    expect(parseCollector('collector:4318')?.href).toBe('http://collector:4318/');
    expect(parseCollector('[::1]:4318')?.href).toBe('http://[::1]:4318/');
    expect(parseCollector('https://c.example/base')?.href).toBe('https://c.example/base');
    expect(parseCollector('c:99999')).toBeUndefined();
  });
});
