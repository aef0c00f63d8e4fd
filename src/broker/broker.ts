import { FILE_DESCRIPTOR_SET } from '../generated/descriptors.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { BrokerError } from '../errors/index.ts';
import { CallCounts } from '../grpc/call-counts.ts';
import { HEALTH_SERVICE } from '../grpc/health-methods.ts';
import { HealthRegistry } from '../grpc/health-registry.ts';
import { methodNames } from '../grpc/method-name.ts';
import { reflectionMethods } from '../grpc/reflection.ts';
import type {
  DrainResult,
  FaultObserver,
  Transport,
  TransportFactory,
  TransportLimits,
  TransportStats,
} from '../grpc/transport.ts';
import {
  openUnixListeners,
  type OpenedListeners,
  type UnixListenersOptions,
} from '../grpc/unix/unix-listeners.ts';
import type { PolicySnapshot } from '../profile/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import { NO_TRACER, type Tracer } from '../telemetry/tracing/tracer.ts';
import { callLogger, incidentLogger } from './call-log.ts';
import { reportBroker } from './call-metrics.ts';
import { callObserver } from './call-observer.ts';
import { CRYPTO_SERVICE, DEVELOPMENT_SERVICE, methodTable, type Handlers } from './method-table.ts';
import { benchmarkHandler } from './methods/benchmark.ts';
import { benchmarkMaterial, type GivenMaterial } from './methods/benchmark-material.ts';
import type { CoreTimer } from './methods/core-timer.ts';
import { fakeEndpointHandler } from './methods/fake-endpoint.ts';
import { hashDataHandler } from './methods/hash-data.ts';
import { signCertificateHandler } from './methods/sign-certificate.ts';
import { WorkQueue } from './work-queue.ts';

export interface BrokerOptions {
  readonly provider: CryptoProvider;
  readonly policies: PolicySnapshot;
  readonly logger: Logger;
  readonly clock: BrokerClock;
  /** A new id for an internal error: unguessable and unique. */
  readonly newIncident: () => string;
  readonly sockets: Omit<UnixListenersOptions, 'binder'>;
  /** Makes what serves the method table. */
  readonly transport: TransportFactory;
  readonly limits: BrokerLimits;
  /** Write one log line for each call. */
  readonly logCalls: boolean;
  /** Where calls are counted and traced; absent: nowhere. */
  readonly telemetry?: BrokerTelemetry;
  /**
   * Told when the FIPS module has put itself out of service (a later self test failed): nothing it answers can be
   * trusted any more, and the process is to end.
   */
  readonly onCoreFault: (error: BrokerError) => void;
  /** Serve the development methods; absent: they are closed. */
  readonly development?: DevelopmentOptions;
}

export interface BrokerTelemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}

export interface BrokerClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
}

export interface BrokerLimits extends TransportLimits {
  /** Threads of the crypto core, and jobs that may wait for one. */
  readonly poolThreads: number;
  readonly poolQueue: number;
}

export interface DevelopmentOptions {
  readonly timer: CoreTimer;
  readonly benchmarkMaterial: GivenMaterial;
}

/** The Broker as a part: it owns its sockets and its transport, and neither the process nor its signals. */
export interface Broker {
  /** Opens the sockets and serves. Throws the SOCKET_* errors; then nothing is left behind. Once only. */
  start(): Promise<void>;
  /**
   * Says NOT_SERVING, takes the sockets away, and waits for the calls under way, at most `milliseconds`. Harmless when
   * the broker has not started.
   */
  stop(milliseconds: number): Promise<DrainResult>;
  stats(): TransportStats;
  readonly transport: Transport['name'];
}

/** Jobs handed to the core for each of its threads: one under way and one that is there when it ends. */
const JOBS_PER_THREAD = 2;

/** Builds the method table over a provider and a set of policies, and a transport that serves it. */
export function createBroker(options: BrokerOptions): Broker {
  const { logger } = options;
  const health = new HealthRegistry(servicesOf(options));
  const transport = makeTransport(options, health);
  let listeners: OpenedListeners | undefined;
  return {
    start: async () => {
      try {
        listeners = await openUnixListeners({ ...options.sockets, binder: transport });
        for (const warning of listeners.warnings) logger.warn(warning);
        health.set('SERVING');
        listeners.serve();
      } catch (error) {
        listeners?.close();
        await transport.drain(0);
        throw error;
      }
    },
    stop: async (milliseconds) => {
      health.end();
      listeners?.close();
      return await transport.drain(milliseconds);
    },
    stats: () => transport.stats(),
    transport: transport.name,
  };
}

function makeTransport(options: BrokerOptions, health: HealthRegistry): Transport {
  const { logger, clock, limits, policies, telemetry, onCoreFault } = options;
  const services = servicesOf(options);
  const logIncident = incidentLogger(logger);
  const descriptorSet = Buffer.from(FILE_DESCRIPTOR_SET, 'base64');
  const methods = [
    ...methodTable(makeHandlers(options, health)),
    ...reflectionMethods({ descriptorSet, services }),
  ];
  const paths = new Set(methods.map(({ path }) => path));
  const nameOf = methodNames(methods);
  const tracer = telemetry?.tracer ?? NO_TRACER;
  const counts = new CallCounts();
  const observe = callObserver({
    ...{ counts, tracer, policies, nameOf, now: clock.now },
    log: callLogger(logger, options.logCalls),
    serves: (path) => paths.has(path),
  });
  const transport = options.transport({
    methods,
    policy: {
      observe: (record) => {
        observe(record);
        if (record.cause instanceof BrokerError && record.cause.code === 'SELF_CHECK_FAILED') {
          onCoreFault(record.cause);
        }
      },
      newIncident: options.newIncident,
      monotonicMs: clock.monotonicMs,
    },
    limits,
    now: clock.now,
    services,
    health,
    tracer,
    onIncident: (incident) => {
      logIncident(incident);
      if (incident.coreFault !== undefined) onCoreFault(incident.coreFault);
    },
    onFault: faultLogger(logger, clock.monotonicMs),
  });
  if (telemetry !== undefined) {
    reportBroker(telemetry.metrics, {
      ...{ transport, nameOf, profiles: () => policies.sha256 },
      counted: () => counts.read(),
    });
  }
  return transport;
}

function makeHandlers(options: BrokerOptions, health: HealthRegistry): Handlers {
  const { policies, provider, clock, limits, development } = options;
  const queue = new WorkQueue({
    concurrency: limits.poolThreads * JOBS_PER_THREAD,
    capacity: limits.poolQueue,
  });
  return {
    hashData: hashDataHandler({ policies, digests: provider.digests, queue }),
    signCertificate: signCertificateHandler({
      policies,
      certificates: provider.certificates,
      queue,
      now: clock.now,
    }),
    health,
    ...(development && {
      development: {
        benchmark: benchmarkHandler({
          timer: development.timer,
          material: benchmarkMaterial(development.benchmarkMaterial, clock.now),
          now: clock.now,
        }),
        fakeEndpoint: fakeEndpointHandler(),
      },
    }),
  };
}

/** What reflection lists and health can be asked about. */
function servicesOf(options: BrokerOptions): readonly string[] {
  return options.development === undefined
    ? [CRYPTO_SERVICE, HEALTH_SERVICE]
    : [CRYPTO_SERVICE, DEVELOPMENT_SERVICE, HEALTH_SERVICE];
}

const FAULT_INTERVAL_MS = 1000;

/** Logs each kind of fault at most once a second: whatever causes one tends to cause many. */
function faultLogger(logger: Logger, monotonicMs: () => number): FaultObserver {
  const last = new Map<string, number>();
  return (what, error) => {
    const now = monotonicMs();
    if (now - (last.get(what) ?? Number.NEGATIVE_INFINITY) < FAULT_INTERVAL_MS) return;
    last.set(what, now);
    const reason = error === undefined ? {} : { error: describe(error) };
    logger.warn(what, reason);
  };
}

/** JavaScript lets anything be thrown. */
function describe(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}
