import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { createBroker, type Broker, type BrokerOptions } from '../../../src/broker/broker.ts';
import { outsideTimer } from '../../../src/broker/methods/core-timer.ts';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';
import { loadDataPlaneAddon } from '../../../src/data-plane/data-plane-addon.ts';
import { nativeTransport } from '../../../src/data-plane/native-transport.ts';
import { grpcJsTransport } from '../../../src/grpc/grpc-js-transport.ts';
import type { TransportFactory, TransportName } from '../../../src/grpc/transport.ts';
import { loadProfiles, type PolicySnapshot } from '../../../src/profile/index.ts';
import { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { NO_TRACER, type Tracer } from '../../../src/telemetry/tracing/tracer.ts';
import { createPureProvider } from '../../../src/x509/pure-provider.ts';
import { captureLog, type CapturedLog } from './captured-log.ts';
import { GrpcCaller } from './grpc-caller.ts';
import { openNative } from '../../support/providers.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const PROFILES = fileURLToPath(new URL('../../../profiles/', import.meta.url));

export interface TestBroker {
  readonly broker: Broker;
  readonly socket: string;
  readonly log: CapturedLog;
  readonly metrics: MetricsRegistry;
  /** A client of its own, closed when the test has ended. */
  readonly caller: () => GrpcCaller;
}

export interface TestBrokerOptions {
  /** Replaces parts of the pure provider, for example to hold a call in flight. */
  readonly provider?: (pure: CryptoProvider) => CryptoProvider;
  readonly dev?: boolean;
  readonly limits?: Partial<BrokerOptions['limits']>;
  readonly sockets?: readonly string[];
  /** Default: the shipped profiles. */
  readonly policies?: PolicySnapshot;
  /** Milliseconds since 1970; default: the time. */
  readonly now?: () => number;
  readonly onCoreFault?: BrokerOptions['onCoreFault'];
  /** Default: grpc-js. */
  readonly transport?: TransportName;
  /** Default: one that traces nothing. */
  readonly tracer?: Tracer;
}

/** A broker in this process over the pure provider and the shipped profiles, on a socket of its own. */
export async function startTestBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const log = captureLog();
  const metrics = new MetricsRegistry({ logger: log.logger });
  const pure = await createPureProvider();
  const provider = options.provider?.(pure) ?? pure;
  const monotonicMs = (): number => performance.now();
  const sockets = options.sockets ?? [join(scratchDirectory(), 'broker.sock')];
  const policies = options.policies ?? loadProfiles({ directory: PROFILES, shipped: true });
  let incidents = 0;
  const broker = createBroker({
    provider,
    policies,
    logger: log.logger,
    clock: { now: options.now ?? Date.now, monotonicMs },
    newIncident: () => {
      incidents += 1;
      return `incident-${incidents}`;
    },
    transport: await transportFactory(options, policies, log),
    sockets: { paths: sockets, allowSharedDirectory: false, uid: process.getuid?.() ?? 0 },
    limits: {
      maxConcurrentStreams: 1024,
      maxConnections: 100,
      poolThreads: 2,
      poolQueue: 1024,
      ...options.limits,
    },
    logCalls: true,
    telemetry: { metrics, tracer: options.tracer ?? NO_TRACER },
    onCoreFault: options.onCoreFault ?? (() => undefined),
    ...(options.dev && {
      development: { timer: outsideTimer(provider, monotonicMs), benchmarkMaterial: {} },
    }),
  });
  await broker.start();
  onTestFinished(async () => {
    await broker.stop(0);
  });
  const [socket = ''] = sockets;
  return {
    broker,
    socket,
    log,
    metrics,
    caller: () => {
      const caller = new GrpcCaller(socket);
      onTestFinished(() => {
        caller.close();
      });
      return caller;
    },
  };
}

/**
 * The native transport answers by itself what it can, with the native core in FIPS mode; where the test has a provider or
 * a time of its own, it leaves all to the handlers, for the core knows neither.
 */
async function transportFactory(
  { transport = 'grpc-js', provider, now }: TestBrokerOptions,
  policies: PolicySnapshot,
  log: CapturedLog,
): Promise<TransportFactory> {
  if (transport === 'grpc-js') return grpcJsTransport;
  await openNative();
  const addon = loadDataPlaneAddon();
  const rowsAlone = provider !== undefined || now !== undefined;
  return (parts) =>
    nativeTransport(
      { addon, policies, threads: 1, rowsAlone, log: { lines: log.sink, service: 'test' } },
      parts,
    );
}
