import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/index.ts';
import {
  exportPlan,
  exportsAnything,
  exportsByTls,
  exportsInTheClear,
} from '../../../src/telemetry/export-plan.ts';

const planOf = (env: Readonly<Record<string, string>>) =>
  exportPlan(loadSettings({ scope: 'server', env }).settings.telemetry);

describe('what is exported', () => {
  it('is nothing unless it is asked for', () => {
    const plan = planOf({});
    expect(plan).toMatchObject({ traces: [], metrics: [], logs: [] });
    expect(plan.listen).toBeUndefined();
    expect(exportsAnything(plan)).toBe(false);
  });

  it('goes where the names of exporters say, each place once', () => {
    expect(
      planOf({
        OTEL_TRACES_EXPORTER: 'otlp,otlphttp,console',
        OTEL_METRICS_EXPORTER: 'otlpgrpc,prometheus',
        OTEL_LOGS_EXPORTER: 'console,otlp',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      }),
    ).toMatchObject({
      traces: ['otlp-http', 'console'],
      metrics: ['otlp-grpc'],
      logs: ['otlp-http'],
    });
    const grpc = planOf({ OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    expect(grpc.logs).toEqual(['otlp-grpc']);
  });

  it('needs no SDK for what the log and the listener show by themselves', () => {
    const env = { OTEL_METRICS_EXPORTER: 'prometheus', OTEL_LOGS_EXPORTER: 'console' };
    expect(exportsAnything(planOf(env))).toBe(false);
  });

  it('is nothing when the SDK is switched off; the listener that was asked for stays', () => {
    const env = { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' };
    expect(exportsAnything(planOf(env))).toBe(false);
    expect(planOf({ ...env, OTEL_METRICS_EXPORTER: 'prometheus' }).listen).toBeUndefined();
    expect(planOf({ ...env, CRYPTO_BROKER_TELEMETRY_LISTEN: '[::1]:9000' }).listen).toEqual({
      host: '::1',
      port: 9000,
    });
  });

  it.each([
    [{ OTEL_METRICS_EXPORTER: 'prometheus' }, { host: '127.0.0.1', port: 9464 }],
    [
      {
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
        OTEL_EXPORTER_PROMETHEUS_PORT: '9000',
      },
      { host: '0.0.0.0', port: 9000 },
    ],
    [
      { OTEL_METRICS_EXPORTER: 'prometheus', CRYPTO_BROKER_TELEMETRY_LISTEN: 'localhost:1' },
      { host: 'localhost', port: 1 },
    ],
  ])('is shown to Prometheus where %j says', (env, listen) => {
    expect(planOf(env).listen).toEqual(listen);
  });

  it.each([
    [{}, 30_000],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '5000' }, 5000],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '5000', OTEL_METRICS_INTERVAL: '1m' }, 60_000],
  ])('is sent as often as %j says', (env, milliseconds) => {
    expect(planOf(env).metricsIntervalMs).toBe(milliseconds);
  });

  it.each([
    ['http://localhost:4318', false, false],
    ['http://127.0.0.1:4318', false, false],
    ['[::1]:4318', false, false],
    ['http://collector:4318', false, true],
    ['127.0.0.1.example:4318', false, true],
    ['https://collector', true, false],
  ])('to %s: by TLS %s, readable on the way %s', (endpoint, tls, clear) => {
    const plan = planOf({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect([exportsByTls(plan), exportsInTheClear(plan)]).toEqual([tls, clear]);
    const off = planOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect([exportsByTls(off), exportsInTheClear(off)]).toEqual([false, false]);
  });

  it('has the attributes of the resource that were given, the name of the service over all', () => {
    const env = {
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,team=x%20y',
      OTEL_SERVICE_NAME: 'b',
      OTEL_SERVICE_VERSION: '9',
    };
    expect(Object.fromEntries(planOf(env).resource)).toEqual({
      'service.name': 'b',
      'service.version': '9',
      team: 'x y',
    });
  });

  it('has the authorization over the one among the headers', () => {
    const { headers } = planOf({
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=old,a=b',
      OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: 'new',
    }).collector;
    expect(Object.fromEntries(headers)).toEqual({ authorization: 'new', a: 'b' });
  });
});
