import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { METRICS } from '../../src/telemetry/metrics/catalogue.ts';
import {
  grpcCollector,
  httpCollector,
  type OtlpCollector,
} from '../support/otlp/otlp-collector.ts';
import { cryptobroker, startBroker, type BrokerProcess } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';

const CANARY = 'canary-7d1f';

async function broker(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<BrokerProcess> {
  const started = await startBroker({ env, args });
  onTestFinished(async () => {
    await started.stop();
  });
  return started;
}

async function collector(kind: 'http' | 'grpc'): Promise<OtlpCollector> {
  const made = await (kind === 'http' ? httpCollector() : grpcCollector());
  onTestFinished(made.close);
  return made;
}

/** Where the program listens for metrics and probes, by its log. */
function telemetryUrl(server: BrokerProcess): string {
  return `http://${/"address":"([^"]+)","msg":"listening for metrics and probes"/.exec(server.log())?.[1] ?? ''}`;
}

async function hash({ socket }: BrokerProcess): Promise<void> {
  const ended = await cryptobroker([
    'hash-data',
    '--socket',
    socket,
    '--profile',
    'Default',
    'hello',
  ]);
  expect(ended.exit, ended.error).toBe(0);
}

describe('a server that exports nothing', () => {
  it('loads neither the SDK nor an HTTP server', async () => {
    const directory = scratchDirectory();
    const loaded = await new Promise<string>((resolve) => {
      // Every module that is resolved goes through a hook.
      const hook = `data:text/javascript,${encodeURIComponent(
        "import { registerHooks } from 'node:module';" +
          "registerHooks({ resolve(name, context, next) { const found = next(name, context); process.stderr.write('MODULE ' + found.url + '\\n'); return found; } });",
      )}`;
      const program = join(import.meta.dirname, '../../src/bin/cryptobroker.ts');
      const args = ['--import', hook, program, 'server', '--socket', join(directory, 'a.sock')];
      const child = spawn(process.execPath, args, { env: { PATH: '/usr/bin' } });
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('"msg":"serving"')) child.kill('SIGTERM');
      });
      child.once('close', () => {
        resolve(text);
      });
    });
    expect(loaded).toMatch(/^MODULE file:.*run-program\.ts$/m);
    expect(
      loaded.match(/^MODULE .*(@opentelemetry|\/telemetry\/otel\/|\/telemetry\/endpoint\/).*$/gm),
    ).toBeNull();
    expect(loaded).not.toMatch(/^MODULE node:http$/m);
  });
});

describe('a server with an endpoint for metrics and probes', () => {
  it('is seen by a scraper and by an orchestrator', async () => {
    const server = await broker({}, ['--telemetry-listen', '127.0.0.1:0']);
    await hash(server);
    const url = telemetryUrl(server);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/^crypto_requests_total\{.*rpc_method="HashData".*\} 1$/m);
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? '');
    expect(names.filter((name) => !(name in METRICS))).toEqual([]);
    expect(text).toMatch(/^crypto_fips_active 1$/m);
    expect(text).toMatch(/^crypto_pool_threads [1-9]\d*$/m);
    expect(text).toMatch(
      /^crypto_build_info\{version="[^"]+",node="24[^"]*",openssl="OpenSSL 3[^"]*",module="OpenSSL FIPS Provider 3[^"]*"\} 1$/m,
    );
    for (const probe of ['livez', 'readyz']) {
      expect((await fetch(`${url}/${probe}`)).status, probe).toBe(200);
    }
  });

  it('opens the one of the exporter prometheus where its variables say', async () => {
    const server = await broker({
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    });
    expect(telemetryUrl(server)).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${telemetryUrl(server)}/metrics`)).status).toBe(200);
  });

  it('does not start on an address that somebody has', async () => {
    const server = await broker({}, ['--telemetry-listen', '127.0.0.1:0']);
    const address = telemetryUrl(server).slice('http://'.length);
    const socket = join(scratchDirectory(), 'b.sock');
    const second = await cryptobroker([
      'server',
      '--socket',
      socket,
      '--telemetry-listen',
      address,
    ]);
    expect(second.exit).toBe(4);
    expect(second.out.toString()).toContain('"error":"TELEMETRY_LISTEN_FAILED"');
  });
});

describe.each(['http', 'grpc'] as const)('a server that exports by OTLP over %s', (kind) => {
  const env = (url: string) => ({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: kind === 'http' ? 'http/protobuf' : 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: `Bearer ${CANARY}`,
    OTEL_METRICS_INTERVAL: '200ms',
  });

  it('sends spans, metrics and every line of its log, those of its first moments and its last included', async () => {
    const { url, received } = await collector(kind);
    const server = await startBroker({ env: env(url) });
    await hash(server);
    expect(await server.stop()).toBe(0);

    const bodies = received.logs.flatMap(({ items }) => items.map(({ body }) => body));
    const logged = server
      .log()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(bodies).toEqual(logged);
    expect(bodies).toContain('starting crypto broker server');
    expect(bodies.at(-1)).toBe('stopped');

    const spans = received.traces.flatMap(({ items }) => items);
    expect(spans.map(({ name }) => name)).toContain('/CryptoBroker.CryptoGrpc/HashData');

    const last = received.metrics.at(-1);
    const requests = last?.items.find(({ name }) => name === 'crypto_requests_total');
    expect(requests?.points).toContainEqual(
      expect.objectContaining({
        attributes: { rpc_method: 'HashData', status: 'OK', profile: 'Default' },
        value: 1,
      }),
    );
    expect(last?.resource).toMatchObject({
      'service.name': 'crypto-broker-server',
      'service.namespace': 'crypto-broker',
      'process.pid': server.pid,
    });
    expect(last?.headers['authorization']).toBe(`Bearer ${CANARY}`);
    expect(server.log()).not.toContain(CANARY);
  });

  it.each([
    ['is away', 'away'],
    ['does not answer', 'never'],
    ['answers with an error', 500],
  ] as const)('goes on serving and stops in time while the collector %s', async (_, how) => {
    const { url, answer, close } = await collector(kind);
    if (how === 'away') await close();
    else answer(how);
    const server = await startBroker({ env: env(url) });
    for (let times = 0; times < 3; times++) await hash(server);
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(server.log().match(/telemetry could not be exported/g)?.length ?? 0).toBeLessThan(2);
    expect(server.log()).not.toContain(CANARY);
  });
});

describe('the libraries that export', () => {
  it.each(['http', 'grpc'] as const)(
    'look for no variable of OpenTelemetry themselves, by %s',
    async (kind) => {
      const { url, received } = await collector(kind);
      // Whoever reads a variable after the settings have been loaded is written down.
      const hook = `data:text/javascript,${encodeURIComponent(
        'const seen = new Set(); let all = 0;' +
          'process.env = new Proxy(process.env, {' +
          'ownKeys(env) { all++; return Reflect.ownKeys(env); },' +
          'get(env, name) { if (all > 0) seen.add(String(name)); return env[name]; } });' +
          "process.on('exit', () => process.stderr.write('READ ' + [...seen].join(' ')));",
      )}`;
      const variables = {
        PATH: '/usr/bin',
        ...Object.fromEntries(
          ['TRACES', 'METRICS', 'LOGS'].flatMap((signal) => [
            [`OTEL_${signal}_EXPORTER`, 'otlp'],
            [`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, 'x-behind-our-back=1'],
            [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'http://127.0.0.1:1/'],
          ]),
        ),
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_OTLP_PROTOCOL: kind === 'http' ? 'http/protobuf' : 'grpc',
        http_proxy: 'http://127.0.0.1:1',
        https_proxy: 'http://127.0.0.1:1',
      };
      const program = join(import.meta.dirname, '../../src/bin/cryptobroker.ts');
      const socket = join(scratchDirectory(), 'a.sock');
      const child = spawn(
        process.execPath,
        ['--import', hook, program, 'server', '--socket', socket],
        { env: variables },
      );
      let error = '';
      child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('"msg":"serving"')) child.kill('SIGTERM');
      });
      await new Promise((resolve) => child.once('close', resolve));
      expect(received.logs.length).toBeGreaterThan(0);
      expect(received.metrics[0]?.headers['x-behind-our-back']).toBeUndefined();
      const [, read = ''] = /READ (.*)$/.exec(error) ?? [];
      // The settings themselves are taken in one piece, which reads every variable once.
      const known = new Set(Object.keys(variables));
      expect(
        read.split(' ').filter((name) => name.startsWith('OTEL_') && !known.has(name)),
      ).toEqual([]);
      expect(read).not.toBe('');
    },
  );
});

describe('credentials for the collector', () => {
  it('are not shown by the command config', async () => {
    const { out, error } = await cryptobroker(['config', '--json'], {
      env: {
        PATH: '/usr/bin',
        OTEL_EXPORTER_OTLP_HEADERS: `api-key=${CANARY}`,
        OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: CANARY,
      },
    });
    expect(out.toString()).toContain('(secret)');
    expect(`${out.toString()}${error}`).not.toContain(CANARY);
  });

  it('go to a collector whose certificate verifies, by TLS on the FIPS provider, and to no other', async () => {
    const directory = scratchDirectory();
    const pem = (name: string) => join(directory, name);
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', pem('key.pem'), '-out', pem('cert.pem'), '-days', '2'],
      ...['-subj', '/CN=collector', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ]);
    expect(made.status, made.stderr.toString()).toBe(0);
    const tls = {
      cert: readFileSync(pem('cert.pem'), 'utf8'),
      key: readFileSync(pem('key.pem'), 'utf8'),
    };
    const trusted = await httpCollector({ tls });
    onTestFinished(trusted.close);
    const variables = (extra: Readonly<Record<string, string>>) => ({
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: trusted.url,
      OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION: CANARY,
      XDG_CACHE_HOME: directory,
      ...extra,
    });
    const doubtful = await startBroker({ env: variables({}) });
    expect(await doubtful.stop()).toBe(0);
    expect(trusted.requests()).toBe(0);

    const certificate = { OTEL_EXPORTER_OTLP_CERTIFICATE: pem('cert.pem') };
    const server = await startBroker({ env: variables(certificate) });
    expect(await server.stop()).toBe(0);
    expect(trusted.received.logs[0]?.headers['authorization']).toBe(CANARY);
    expect(server.log()).toContain('telemetry is exported by TLS on the FIPS provider');
  });
});
