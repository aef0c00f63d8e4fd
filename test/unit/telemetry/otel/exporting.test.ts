import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../../../../src/config/index.ts';
import { exportPlan } from '../../../../src/telemetry/export-plan.ts';
import { LogWriter } from '../../../../src/telemetry/log-writer.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { KMIP_BOUNDS } from '../../../../src/telemetry/metrics/catalogue.ts';
import { MetricsRegistry } from '../../../../src/telemetry/metrics/registry.ts';
import { startExporting } from '../../../../src/telemetry/otel/start-exporting.ts';
import type { TraceContext } from '../../../../src/telemetry/tracing/tracer.ts';
import {
  grpcCollector,
  httpCollector,
  type OtlpCollector,
} from '../../../support/otlp/otlp-collector.ts';
import { waitFor } from '../../../support/wait-for.ts';

const SECRET = 'Bearer canary-7d1f';

const PARENT: TraceContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  flags: 1,
  state: 'vendor=1',
};

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Telemetry of a program with these variables; `console` holds what was written to its log by exporters. */
async function start(env: Readonly<Record<string, string>>) {
  const { settings } = loadSettings({ scope: 'server', env });
  const log: string[] = [];
  const consoleLines: string[] = [];
  const sink = new LogWriter({
    stream: {
      write: (text, done) => {
        log.push(text);
        done();
      },
      on: () => undefined,
    },
  });
  const logger = createLogger({
    ...{ level: 'info', format: 'json', service: 'svc', sink },
    now: () => 0,
  });
  const registry = new MetricsRegistry({ logger });
  let monotonic = 0;
  const exporting = await startExporting(exportPlan(settings.telemetry), {
    ...{ registry, logger },
    lines: { write: (lines) => consoleLines.push(lines) },
    facts: {
      ...{ service: 'crypto-broker-server', version: '1.2.3', instanceId: 'i-1', host: 'h' },
      ...{ processId: 42, node: '24.0.0' },
    },
    clock: { now: () => Date.now(), monotonicMs: () => monotonic },
  });
  return {
    ...{ registry, exporting, consoleLines },
    passMinute: () => (monotonic += 60_001),
    log: async () => {
      await sink.flush(1000);
      return log.join('');
    },
  };
}

async function collector(kind: 'http' | 'grpc'): Promise<OtlpCollector> {
  const made = await (kind === 'http' ? httpCollector() : grpcCollector());
  cleanups.push(made.close);
  return made;
}

const ALL_BY: Readonly<Record<'http' | 'grpc', Readonly<Record<string, string>>>> = {
  http: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
  grpc: { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
};

describe.each(['http', 'grpc'] as const)('telemetry by OTLP over %s', (kind) => {
  const all = (url: string) => ({
    ...ALL_BY[kind],
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
  });

  it('arrives with its resource, its scope and the headers that were asked for', async () => {
    const { url, received } = await collector(kind);
    const { exporting, registry } = await start({
      ...all(url),
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.namespace=team%2Ca',
      OTEL_SERVICE_NAME: 'my-broker',
      OTEL_EXPORTER_OTLP_HEADERS: 'X-Tenant=a%20b',
      OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: SECRET,
    });
    registry.gauge('krypton_ready', {}, () => 1);
    exporting.tracer.start({ name: 's', kind: 'internal' }).end();
    exporting.logTap?.write('{"level":"INFO","time":"2026-01-02T03:04:05.678Z","msg":"hello"}\n');
    await exporting.stop();

    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      expect(received[signal], signal).toHaveLength(1);
      expect(received[signal][0]).toMatchObject({
        resource: {
          'service.name': 'my-broker',
          'service.version': '1.2.3',
          'service.namespace': 'team,a',
          'service.instance.id': 'i-1',
          'host.name': 'h',
          'process.pid': 42,
          'process.runtime.name': 'nodejs',
          'telemetry.sdk.language': 'nodejs',
          'deployment.environment.name': 'prod',
        },
        scope: { name: 'crypto-broker', version: '1.2.3' },
        headers: { authorization: SECRET, 'x-tenant': 'a b' },
      });
      expect(received[signal][0]?.headers['user-agent']).toMatch(/^crypto-broker\/1\.2\.3/);
    }
  });

  it('has spans with parent, state, times, kind, attributes and status', async () => {
    const { url, received } = await collector(kind);
    const { exporting } = await start(all(url));
    const { tracer } = exporting;
    const server = tracer.start({
      ...{ name: '/a/B', kind: 'server', parent: PARENT, startedAt: 1_700_000_000_000.25 },
      attributes: { 'rpc.method': 'B', 'crypto.input_size': 12, ok: true, none: undefined },
    });
    const child = tracer.start({ name: 'child', kind: 'client', parent: server.context });
    child.end();
    child.end({ error: 'ignored: it has ended' });
    server.end({
      error: 'INVALID_ARGUMENT',
      attributes: { 'rpc.grpc.status_code': 3, none: undefined },
      endedAt: 1_700_000_000_001.5,
    });
    await exporting.stop();

    const [first, second] = received.traces.flatMap(({ items }) => items);
    expect(first).toMatchObject({
      name: 'child',
      kind: 3,
      traceId: PARENT.traceId,
      parentSpanId: server.context?.spanId,
      status: { code: 0, message: '' },
    });
    expect(second).toEqual({
      traceId: PARENT.traceId,
      spanId: server.context?.spanId,
      parentSpanId: PARENT.spanId,
      traceState: 'vendor=1',
      name: '/a/B',
      kind: 2,
      start: 1_700_000_000_000_250_000n,
      end: 1_700_000_000_001_500_000n,
      attributes: {
        'rpc.method': 'B',
        'crypto.input_size': 12,
        ok: true,
        'rpc.grpc.status_code': 3,
      },
      status: { code: 2, message: 'INVALID_ARGUMENT' },
    });
    expect(server.context).toEqual({ ...PARENT, spanId: second?.spanId });
  });

  it('has metrics by their names, cumulative, whole', async () => {
    const { url, received } = await collector(kind);
    const { exporting, registry } = await start(all(url));
    const labels = { rpc_method: 'HashData', status: 'OK', profile: 'Default' };
    registry.counter('crypto_requests_total', labels).add(3);
    registry.gauge('krypton_vault_free_bytes', {}, () => 2 ** 40);
    registry.histogram('krypton_vault_commit_duration_seconds', {}).record(0.002);
    await exporting.stop();

    const metrics = received.metrics.flatMap(({ items }) => items);
    expect(metrics).toMatchObject([
      {
        name: 'crypto_requests_total',
        ...{ kind: 'sum', temporality: 2, monotonic: true, unit: '' },
        points: [{ attributes: labels, value: 3 }],
      },
      { name: 'crypto_telemetry_items_total', kind: 'sum' },
      { name: 'krypton_vault_free_bytes', kind: 'gauge', unit: 'By', points: [{ value: 2 ** 40 }] },
      {
        name: 'krypton_vault_commit_duration_seconds',
        ...{ kind: 'histogram', temporality: 2, unit: 's' },
        points: [{ count: 1, sum: 0.002, bounds: [...KMIP_BOUNDS] }],
      },
    ]);
    const point = metrics.at(-1)?.points[0];
    expect(point?.counts).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(point?.time).toBeGreaterThanOrEqual(point?.start ?? 0n);
  });

  it('has log records of every line of the log: the same fields, and ids of the span where there is one', async () => {
    const { url, received } = await collector(kind);
    const { exporting } = await start(all(url));
    const line = { level: 'WARN', time: '2026-01-02T03:04:05.678Z', service: 'svc' };
    const ids = { traceId: PARENT.traceId, spanId: PARENT.spanId };
    exporting.logTap?.write(
      [
        JSON.stringify({ ...line, ...ids, code: 'OK', bytes: 3, ok: false, msg: 'finished call' }),
        'not a line of the log',
        '"neither"',
        JSON.stringify({ ...line, traceId: 'x', spanId: 'y', msg: 'with ids that are none' }),
        '',
      ].join('\n'),
    );
    await exporting.stop();
    expect(received.logs.flatMap(({ items }) => items)).toEqual([
      {
        time: 1_767_323_045_678_000_000n,
        severityNumber: 13,
        severityText: 'WARN',
        body: 'finished call',
        attributes: { code: 'OK', bytes: 3, ok: false },
        ...ids,
      },
      expect.objectContaining({ body: 'with ids that are none', traceId: '', spanId: '' }),
    ]);
  });

  it('is counted as failed and complained of once a minute while the collector refuses it', async () => {
    const { url, answer } = await collector(kind);
    const { exporting, log, registry, passMinute } = await start({
      ...all(url),
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_METRICS_INTERVAL: '100ms',
      OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: SECRET,
    });
    answer(500);
    const failed = async () => {
      const all = (await registry.collect()).find(
        ({ name }) => name === 'crypto_telemetry_items_total',
      );
      const point = all?.points.find(({ labels }) => labels.join() === 'metrics,failed');
      return Number(point?.value);
    };
    const above = async (least: number) => {
      await vi.waitFor(async () => {
        expect(await failed()).toBeGreaterThan(least);
      }, 15_000);
    };
    const complaints = async () => (await log()).match(/telemetry could not be exported/g)?.length;
    await above(10);
    expect(await complaints()).toBe(1);
    passMinute();
    await above(await failed());
    expect(await complaints()).toBe(2);
    const written = await log();
    expect(written).toContain('"signal":"metrics","reason":"the collector answers');
    expect(written).not.toContain('canary');
    expect(written).not.toContain('127.0.0.1');
    answer(200);
    await exporting.stop();
  });

  it('does not wait for a collector that never answers, and keeps no more than fits its queue', async () => {
    const { url, answer } = await collector(kind);
    const { exporting, registry } = await start({ ...all(url), OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
    answer('never');
    for (let index = 0; index < 50_000; index++) {
      exporting.tracer.start({ name: 's', kind: 'internal' }).end();
    }
    const items = (await registry.collect()).find(
      ({ name }) => name === 'crypto_telemetry_items_total',
    );
    const dropped = items?.points.find(({ labels }) => labels.join() === 'traces,dropped');
    expect(Number(dropped?.value)).toBeGreaterThanOrEqual(50_000 - 8192 - 1024);
    await exporting.stop();
  });

  it('loses nothing at the end of a full queue and of a batch that is on its way', async () => {
    const { url, received } = await collector(kind);
    const { exporting } = await start(all(url));
    for (let index = 0; index < 8192 + 1024; index++) {
      exporting.tracer.start({ name: 's', kind: 'internal' }).end();
    }
    await exporting.stop();
    expect(received.traces.map(({ items }) => items.length)).toEqual(
      new Array<number>(9).fill(1024),
    );
  });

  it('is sent again after an answer that asks for it', async () => {
    const { url, answer, received, requests } = await collector(kind);
    const { exporting } = await start(all(url));
    answer(503);
    exporting.tracer.start({ name: 's', kind: 'internal' }).end();
    const stopped = exporting.stop();
    await waitFor(() => {
      expect(requests()).toBeGreaterThan(0);
    });
    answer(200);
    await stopped;
    expect(received.traces).toHaveLength(1);
  });

  it('does not need a collector that is there', async () => {
    const { url, close } = await (kind === 'http' ? httpCollector() : grpcCollector());
    await close();
    const { exporting, log } = await start({ ...all(url), OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
    exporting.tracer.start({ name: 's', kind: 'internal' }).end();
    await exporting.stop();
    expect(await log()).toMatch(
      /"reason":"the collector (cannot be reached \(ECONNREFUSED\)|answers UNAVAILABLE)"/,
    );
  });
});

describe('OTLP over HTTP', () => {
  it('goes below the path of the endpoint, and is compressed when asked for', async () => {
    const { url, received, close } = await httpCollector({ base: '/otlp/tenant' });
    cleanups.push(close);
    const { exporting } = await start({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    });
    exporting.tracer.start({ name: 's', kind: 'internal' }).end();
    await exporting.stop();
    expect(received.traces[0]).toMatchObject({
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-protobuf' },
      items: [{ name: 's' }],
    });
  });

  it('refuses to start with a certificate file that is not there, without its path', async () => {
    const file = '/nonexistent/secret-place/ca.pem';
    await expect(
      start({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_CERTIFICATE: file }),
    ).rejects.toThrow(/^telemetry\.otlp\.certificate: cannot be opened: ENOENT$/);
  });

  it.each([
    ['/dev/zero', 'is not a regular file'],
    ['/usr', 'is not a regular file'],
  ])('refuses to start with %s for a certificate: it %s', async (file, problem) => {
    await expect(
      start({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_CERTIFICATE: file }),
    ).rejects.toThrow(`telemetry.otlp.certificate: ${problem}`);
  });
});

describe('sampling', () => {
  const spans = async (
    env: Readonly<Record<string, string>>,
    parents: readonly (TraceContext | undefined)[],
  ) => {
    const { url, received } = await collector('http');
    const { exporting } = await start({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      ...env,
    });
    const contexts = parents.map((parent) => {
      const span = exporting.tracer.start({ name: 's', kind: 'server', parent });
      span.end();
      return span.context;
    });
    await exporting.stop();
    const count = received.traces.reduce((sum, { items }) => sum + items.length, 0);
    return { count, contexts, sampling: exporting.tracer.sampling };
  };
  const unsampled = { ...PARENT, flags: 0 };

  it.each([
    [{}, 2],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 2],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 1],
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, 3],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 0],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio' }, 3],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 1],
  ])('with %j records %i of: a root, a sampled parent, an unsampled parent', async (env, count) => {
    expect((await spans(env, [undefined, PARENT, unsampled])).count).toBe(count);
  });

  it('tells children of a span that is not recorded, by the flag', async () => {
    const { contexts } = await spans({}, [unsampled]);
    expect(contexts[0]).toMatchObject({ traceId: PARENT.traceId, flags: 0 });
    const off = await spans({ OTEL_TRACES_SAMPLER: 'always_off' }, [PARENT]);
    expect(off.contexts[0]).toMatchObject({ traceId: PARENT.traceId, flags: 0 });
  });

  it('takes about the share of traces that was asked for', async () => {
    const env = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    const { count, sampling } = await spans(env, new Array<undefined>(4000).fill(undefined));
    expect(sampling).toEqual({ byParent: false, ratio: 0.25 });
    // Six standard deviations of a fair draw.
    expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  it('does not decide again what somebody has decided by it', async () => {
    const { url, received } = await collector('http');
    const { exporting } = await start({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_TRACES_SAMPLER: 'always_off',
    });
    exporting.tracer.start({ name: 'decided', kind: 'internal', sampled: true }).end();
    exporting.tracer
      .start({ name: 'child', kind: 'internal', sampled: true, parent: unsampled })
      .end();
    await exporting.stop();
    const names = received.traces.flatMap(({ items }) => items.map(({ name }) => name));
    expect(names).toEqual(['decided', 'child']);
  });
});

describe('the exporter console', () => {
  it('writes a line of the log for each span and each series', async () => {
    const { exporting, registry, consoleLines } = await start({
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_METRICS_EXPORTER: 'console',
    });
    registry.histogram('krypton_vault_commit_duration_seconds', {}).record(0.5);
    exporting.tracer
      .start({ name: 's', kind: 'server', parent: PARENT, startedAt: 1000.5 })
      .end({ error: 'NOPE', endedAt: 1002, attributes: { 'rpc.method': 'X' } });
    await exporting.stop();
    const lines = consoleLines
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual({
      ...{ level: 'INFO', time: expect.any(String) as unknown, msg: 'span' },
      ...{ service: 'crypto-broker-server', name: 's', kind: 'SERVER', traceId: PARENT.traceId },
      ...{ spanId: expect.any(String) as unknown, parentSpanId: PARENT.spanId },
      ...{ startedAt: '1970-01-01T00:00:01.000Z', durationMs: 1.5, error: 'NOPE' },
      'rpc.method': 'X',
    });
    expect(lines).toContainEqual(
      expect.objectContaining({
        ...{ msg: 'metric', name: 'krypton_vault_commit_duration_seconds', count: 1, sum: 0.5 },
      }),
    );
  });
});
