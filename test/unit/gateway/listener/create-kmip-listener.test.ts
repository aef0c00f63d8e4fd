import { randomUUID, X509Certificate } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BrokerError } from '../../../../src/errors/index.ts';
import { createKmipListener } from '../../../../src/gateway/listener/create-kmip-listener.ts';
import type { Uplink } from '../../../../src/uplink/uplink.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../../../src/kmip/version.ts';
import type { MetricsRegistry } from '../../../../src/telemetry/metrics/registry.ts';
import { connectKmip, type KmipClient } from '../../../../src/kmip-client/index.ts';
import {
  acmeCa,
  clientCertificate,
  LIMITS,
  REAL_CLOCK,
  serverCa,
  serverCertificate,
  trustIn,
  writePortFiles,
} from '../../../support/gateway/open-port.ts';
import { openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { ScriptedCore } from '../../../support/gateway/scripted-core.ts';
import { TENANT } from '../../../support/gateway/test-core.ts';
import { failureOf } from '../../../support/failures.ts';
import { openPure } from '../../../support/providers.ts';
import { scratchDirectory } from '../../../support/scratch.ts';
import { LinkedTracer } from '../../../support/telemetry/linked-tracer.ts';
import { readMetrics } from '../../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../../support/telemetry/test-metrics.ts';

interface OpenGateway {
  readonly side: KeySide;
  readonly core: ScriptedCore;
  readonly metrics: MetricsRegistry;
  readonly tracer: LinkedTracer;
  readonly connect: (version?: KmipVersion) => Promise<KmipClient>;
}

async function openGateway(): Promise<OpenGateway> {
  const side = await openKeySide(await openPure());
  await side.join();
  const core = new ScriptedCore();
  const metrics = testMetrics();
  const tracer = new LinkedTracer();
  const uplink: Uplink = {
    start: () => undefined,
    get status() {
      return core.status;
    },
    tunnel: (request) => core.tunnel(request),
    flushOutbox: (sequence) => core.flushOutbox(sequence),
    wakeOutbox: () => undefined,
    requestServiceKey: () => undefined,
    stop: () => Promise.resolve(),
  };
  const { keys, applyDirectives, pendingSequence, outboxHead } = side;
  const listener = createKmipListener(
    { keys, uplink, applyDirectives, pendingSequence, outboxHead },
    {
      ...{ host: '127.0.0.1', port: 0, limits: LIMITS, clock: REAL_CLOCK, logger: side.log },
      files: writePortFiles(scratchDirectory(), serverCertificate()),
      ...{ productVersion: '1.2.3', batchItems: 4, logOperations: true, newId: randomUUID },
      ...{ metrics, tracer },
    },
  );
  listener.setTrust([trustIn(TENANT, acmeCa)]);
  onTestFinished(() => listener.drain(0));
  const port = await listener.start();
  const certificate = clientCertificate(`spiffe://${TENANT}/app`);
  const connect = async (version?: KmipVersion): Promise<KmipClient> => {
    const client = await connectKmip({
      ...{ host: '127.0.0.1', port, servername: 'kmip.test', ca: serverCa.pem, version },
      cert: certificate.pem,
      key: certificate.keyPem,
    });
    onTestFinished(() => client.close());
    return client;
  };
  return { side, core, metrics, tracer, connect };
}

const KEY = { length: 256, usageMask: 12 } as const;

describe('a gateway’s KMIP listener', () => {
  it.each(KMIP_VERSIONS)(
    'makes a key and gives it in one round trip of version %i',
    async (version) => {
      const { connect, side } = await openGateway();
      const client = await connect(version);
      const { uid, material } = await client.createAndGet(KEY);
      expect(material).toHaveLength(32);
      const stored = await side.read(await side.find(uid));
      expect(new Uint8Array(material)).toEqual(new Uint8Array(stored));
    },
  );

  it('agrees with a client on the newest version', async () => {
    const { connect } = await openGateway();
    expect((await connect()).version).toBe(21);
  });

  it('goes on while the link is cut, and says so of what it cannot do', async () => {
    const { connect, core, side } = await openGateway();
    const client = await connect(14);
    core.state = 'cut';
    side.link('cut');
    const { uid } = await client.create(KEY);
    expect((await client.get(uid)).material).toHaveLength(32);
    expect((await client.locate()).uids).toEqual([uid]);
    const failure = await failureOf(() => client.destroy(uid));
    expect(failure.code).toBe('KMIP_FAILED');
    expect(failure.message).toContain('core unreachable');
    expect((await client.get(uid)).material).toHaveLength(32);
  });

  it('serves many clients side by side', async () => {
    const { connect, side } = await openGateway();
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(14)));
    const uids = await Promise.all(
      clients.map(async (client) => {
        const made: string[] = [];
        for (let count = 0; count < 10; count += 1) made.push((await client.createAndGet(KEY)).uid);
        return made;
      }),
    );
    expect(new Set(uids.flat()).size).toBe(80);
    expect((await side.vault.facts()).keys).toBe(80);
  });

  it('leaves no key in its log', async () => {
    const { connect, side } = await openGateway();
    const { material } = await (await connect()).createAndGet(KEY);
    const log = side.log.lines.join('\n');
    for (const encoding of ['hex', 'base64'] as const) {
      expect(log).not.toContain(Buffer.from(material).toString(encoding));
    }
  });
});

describe('what is counted of a KMIP listener', () => {
  it('is each item of a batch by its own result, and the time of each message once', async () => {
    const { connect, metrics } = await openGateway();
    const client = await connect(14);
    await client.createAndGet(KEY);
    await failureOf(() => client.get('no such key'));
    expect(await readMetrics(metrics)).toMatchObject({
      'krypton_kmip_requests_total{operation="Create",result="success"}': 1,
      'krypton_kmip_requests_total{operation="Get",result="success"}': 1,
      'krypton_kmip_requests_total{operation="Get",result="Item Not Found"}': 1,
      'krypton_kmip_request_duration_seconds{operation="Create"}': 1,
      'krypton_kmip_request_duration_seconds{operation="Get"}': 1,
      'krypton_kmip_connections{}': 1,
    });
  });

  it('is what was passed on to the Core, with what came of it', async () => {
    const { connect, metrics, core, side } = await openGateway();
    const client = await connect(14);
    const { uid } = await client.create(KEY);
    core.state = 'cut';
    side.link('cut');
    await failureOf(() => client.destroy(uid));
    core.state = 'linked';
    side.link('linked');
    core.failure = new BrokerError('CORE_OUTCOME_UNKNOWN', 'no answer');
    await failureOf(() => client.destroy(uid));
    const readings = await readMetrics(metrics);
    expect(readings).toMatchObject({
      'krypton_kmip_requests_total{operation="Destroy",result="General Failure"}': 2,
      'krypton_tunnel_duration_seconds{result="unknown"}': 1,
    });
    // What is known to be in vain is not tried.
    expect(readings).not.toHaveProperty(['krypton_tunnel_duration_seconds{result="unreachable"}']);
  });

  it('tells when the certificates of the port end, and those that tenants vouch by', async () => {
    const { metrics } = await openGateway();
    const readings = await readMetrics(metrics);
    const name = 'crypto_certificate_not_after_timestamp_seconds{certificate="kmip-server"}';
    const endOf = ({ pem }: { readonly pem: string }) =>
      Date.parse(new X509Certificate(pem).validTo) / 1000;
    expect(readings[name]).toBe(endOf(serverCertificate()));
    const tenant = `crypto_certificate_not_after_timestamp_seconds{certificate="tenant-ca:${TENANT}"}`;
    expect(readings[tenant]).toBe(endOf(acmeCa));
  });
});

describe('what is traced of a KMIP listener', () => {
  it('is one span a message, with what was asked, by whom and what came of it, and no key', async () => {
    const { connect, tracer } = await openGateway();
    const client = await connect(14);
    const { uid, material } = await client.createAndGet(KEY);
    const [span] = tracer.named('KMIP batch');
    expect(span).toMatchObject({
      kind: 'server',
      attributes: {
        'kmip.operation': 'Create,Get',
        'kmip.version': '1.4',
        'kmip.batch_count': 2,
        'kmip.tenant': TENANT,
      },
      ended: { error: undefined, attributes: { 'kmip.outcome': 'success' } },
    });
    await client.get(uid);
    expect(tracer.named('KMIP Get')[0]?.ended?.error).toBeUndefined();
    const told = JSON.stringify(tracer.spans);
    expect(told).not.toContain(Buffer.from(material).toString('hex'));
    expect(told).not.toContain(Buffer.from(material).toString('base64'));
  });

  it('names the reason of a refusal', async () => {
    const { connect, tracer } = await openGateway();
    const client = await connect(14);
    await failureOf(() => client.get('no such key'));
    expect(tracer.named('KMIP Get')[0]?.ended).toMatchObject({
      error: 'Item Not Found',
      attributes: { 'kmip.outcome': 'failed', 'kmip.result_reason': 'Item Not Found' },
    });
  });

  it('goes with a message to the Core, decided as it is here', async () => {
    const { connect, tracer, core } = await openGateway();
    const client = await connect(14);
    const { uid } = await client.create(KEY);
    await failureOf(() => client.destroy(uid));
    const [message] = tracer.named('KMIP Destroy');
    const [call] = tracer.named('/cryptobroker.gateway.v1.UplinkService/Tunnel');
    expect(call).toMatchObject({ kind: 'client', parent: message?.context });
    const { traceId, spanId } = call?.context ?? {};
    expect(core.requests.at(-1)?.traceparent).toBe(`00-${traceId}-${spanId}-01`);
  });
});

describe('what a message is called', () => {
  it('is in the log of each of its items, as its client names it and as it is named here', async () => {
    const { connect, side, tracer } = await openGateway();
    await (await connect(14)).createAndGet(KEY);
    const lines = side.log.with('info', 'finished KMIP operation').slice(-2);
    const [first, second] = lines.map(
      (line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, string>,
    );
    const { traceId } = tracer.spans.at(-1)?.context ?? {};
    expect(first).toMatchObject({ operation: 'Create', traceId });
    expect(first?.['correlationId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toMatchObject({
      ...{ operation: 'Get', correlationId: first?.['correlationId'], traceId },
      serverCorrelationValue: first?.['correlationId'],
    });
  });
});
