import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, vi } from 'vitest';
import { createKmipExecutor } from '../../../src/core/kmip/index.ts';
import { createKmipListener } from '../../../src/gateway/listener/create-kmip-listener.ts';
import { connectKmip, type KmipClient } from '../../../src/kmip-client/index.ts';
import type { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { declareGateway, makeScene } from '../../support/core/scenario.ts';
import { startTestCore, type TestCore } from '../../support/core/test-core.ts';
import { TcpProxy } from '../../support/faults/tcp-proxy.ts';
import {
  LIMITS,
  REAL_CLOCK,
  serverCa,
  serverCertificate,
  writePortFiles,
} from '../../support/gateway/open-port.ts';
import {
  makeGatewayHome,
  startRealGateway,
  type RealGateway,
} from '../../support/gateway/real-gateway.ts';
import { openNative, openPure } from '../../support/providers.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { LinkedTracer } from '../../support/telemetry/linked-tracer.ts';
import { readMetrics } from '../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../support/telemetry/test-metrics.ts';

/** Something whose counts and spans are looked at. */
export interface Observed {
  readonly metrics: MetricsRegistry;
  readonly tracer: LinkedTracer;
}

/** A Core, a Gateway with its KMIP port, and the network between them, all in this process. */
export interface ObservedKrypton {
  readonly core: Observed & TestCore;
  readonly gateway: Observed & RealGateway;
  /** Between Gateway and Core. */
  readonly link: TcpProxy;
  /** Connected to the KMIP port. */
  readonly client: KmipClient;
  /** Resolves when a metric of the Gateway fits. */
  readonly when: (series: string, fits: (value: number | undefined) => boolean) => Promise<void>;
}

/** `sampled`: what the Gateway decides of its traces. */
export async function observedKrypton({ sampled = true } = {}): Promise<ObservedKrypton> {
  const core = await observedCore();
  const scene = await makeScene(core);
  await declareGateway(core);
  const link = await TcpProxy.start(Number(core.core.facts.uplinkAddress.split(':').at(-1)));
  onTestFinished(() => link.stop());
  const gateway = await observedGateway(core, link.address, sampled);
  const when: ObservedKrypton['when'] = async (series, fits) => {
    await vi.waitFor(
      async () => {
        expect((await readMetrics(gateway.metrics))[series], series).toSatisfy(fits);
      },
      { timeout: 15_000, interval: 20 },
    );
  };
  await when('krypton_link_up{}', (value) => value === 1);
  await when('krypton_service_keys{}', (value) => value === 1);
  const client = await connectKmip({
    ...{ host: '127.0.0.1', port: gateway.port, servername: 'kmip.test', ca: serverCa.pem },
    ...{ cert: scene.client.certificatePem, key: scene.client.keyPem, version: 14 },
  });
  onTestFinished(() => client.close());
  return { core, gateway, link, client, when };
}

async function observedCore(): Promise<Observed & TestCore> {
  const [metrics, tracer] = [testMetrics(), new LinkedTracer(2)];
  const provider = await openPure();
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const executor = createKmipExecutor({ provider, clock, newId: randomUUID, logger });
  return { ...(await startTestCore({ provider, executor, metrics, tracer })), metrics, tracer };
}

async function observedGateway(
  core: TestCore,
  address: string,
  sampled: boolean,
): Promise<Observed & RealGateway & { readonly port: number }> {
  const [metrics, tracer] = [testMetrics(), new LinkedTracer(1, sampled)];
  const files = writePortFiles(scratchDirectory(), serverCertificate());
  let port = 0;
  const gateway = await startRealGateway(
    await openNative(),
    await makeGatewayHome(core.home),
    address,
    {
      metrics,
      listener: (parts, logger) => {
        const listener = createKmipListener(parts, {
          ...{ host: '127.0.0.1', port: 0, limits: LIMITS, clock: REAL_CLOCK, files },
          ...{ productVersion: '1.2.3', batchItems: 16, logOperations: true, newId: randomUUID },
          ...{ logger, metrics, tracer },
        });
        return {
          start: async () => (port = await listener.start()),
          setTrust: (trust) => {
            listener.setTrust(trust);
          },
          closeTenant: (tenantId) => {
            listener.closeTenant(tenantId);
          },
          drain: (milliseconds) => listener.drain(milliseconds),
        };
      },
    },
  );
  return { ...gateway, metrics, tracer, port };
}

const quiet = (): void => undefined;
