import { describe, expect, it, onTestFinished } from 'vitest';
import { METRICS } from '../../src/telemetry/metrics/catalogue.ts';
import {
  KryptonCertificates,
  type Authority,
} from '../integration/support/krypton-certificates.ts';
import { announceSkip } from '../support/environment.ts';
import { cryptobroker, startBroker } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { freePorts } from './support/free-ports.ts';
import { buildCollector, startCollector, type ReceiverTls } from './support/otel-collector.ts';

// What we send by OTLP, as the collector of the OpenTelemetry project understands it, under the configuration that we ship.

const collector = buildCollector();
if ('missing' in collector) announceSkip("OTLP to OpenTelemetry's collector", collector.missing);

const PROTOCOLS = { http: 'http/protobuf', grpc: 'grpc' } as const;

describe.skipIf('missing' in collector)("OpenTelemetry's collector", { timeout: 120_000 }, () => {
  describe.each(['http', 'grpc'] as const)('over %s', (kind) => {
    it('understands every span, metric and line of the log', async () => {
      const { printed, log } = await observed(kind);

      const metrics = new Map(
        [...printed.matchAll(/^(\w+)\{([^}]*)\} (.+)$/gm)].map(
          ([, name = '', labels = '', value]) => [`${name}{${labels}}`, value],
        ),
      );
      const names = new Set([...metrics.keys()].map((key) => key.slice(0, key.indexOf('{'))));
      expect([...names].filter((name) => !(name in METRICS))).toEqual([]);
      expect(metrics.get('crypto_fips_active{}')).toBe('1');
      expect(
        metrics.get('crypto_requests_total{rpc_method=HashData,status=OK,profile=Default}'),
      ).toBe('1');
      expect(metrics.get('crypto_request_duration_seconds{rpc_method=HashData,status=OK}')).toMatch(
        /^count=1 sum=\S+ le1e-05=/,
      );

      expect(printed).toMatch(
        /^\/CryptoBroker\.CryptoGrpc\/HashData [0-9a-f]{32} [0-9a-f]{16} .*rpc\.grpc\.status_code=0 .*crypto\.hash_algorithm=sha3-512/m,
      );

      const lines = log.split('\n').filter((line) => line !== '');
      for (const line of lines) {
        const { msg, method } = JSON.parse(line) as { msg: string; method?: string };
        expect(printed).toContain(
          method === undefined ? `\n${msg} ` : `\n${msg} method=${method} `,
        );
      }
      expect(lines.length).toBeGreaterThan(5);
      expect(printed).toMatch(
        /^\S+\s+info\s+ResourceTraces #0 .*service\.namespace=crypto-broker .*service\.name=crypto-broker-server /m,
      );
    });

    it('takes it by TLS from whom it knows, and from nobody else', async () => {
      const certificates = await KryptonCertificates.make(scratchDirectory());
      const server = await certificates.server('collector', 'uplink');
      const tls = {
        cert_file: server.cert,
        key_file: server.key,
        client_ca_file: certificates.caFile('clients'),
      };
      const sender = async (authority: Authority) => {
        const { cert, key } = await certificates.issueFiles(`sender-${authority}`, authority, {
          names: { dns: ['sender'] },
          usage: 'client',
        });
        return {
          OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.caFile('uplink'),
          OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert,
          OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
        };
      };
      const known = await observed(kind, tls, await sender('clients'));
      expect(known.log).toContain('telemetry is exported by TLS on the FIPS provider');
      expect(known.printed).toContain('crypto_fips_active{} 1');
      expect(known.printed).toMatch(/^\/CryptoBroker\.CryptoGrpc\/HashData /m);

      const stranger = await observed(kind, tls, await sender('strangers'));
      expect(stranger.printed).not.toContain('crypto_fips_active');
    });
  });
});

/** What the collector prints, and the Broker logs, of a Broker's life with one hash in it. */
async function observed(
  kind: keyof typeof PROTOCOLS,
  tls?: ReceiverTls,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly printed: string; readonly log: string }> {
  if ('missing' in collector) throw new Error(collector.missing);
  const [grpc, http] = await freePorts(2);
  const ports = { grpc, http };
  const directory = scratchDirectory();
  const running = await startCollector(collector.path, { directory, ports, tls });
  onTestFinished(async () => {
    await running.stop();
  });
  const broker = await startBroker({
    env: {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: PROTOCOLS[kind],
      OTEL_EXPORTER_OTLP_ENDPOINT: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${ports[kind]}`,
      XDG_CACHE_HOME: directory,
      ...env,
    },
  });
  try {
    const hashed = await cryptobroker(['hash-data', '--socket', broker.socket, 'hello']);
    expect(hashed.exit, hashed.error).toBe(0);
  } finally {
    expect(await broker.stop()).toBe(0);
  }
  return { printed: await running.stop(), log: broker.log() };
}
