import { FILE_DESCRIPTOR_SET } from '../generated/descriptors.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { BrokerError } from '../errors/index.ts';
import type { CallPolicy } from '../grpc/run-call.ts';
import { grpcJsTransport } from '../grpc/grpc-js-transport.ts';
import { HEALTH_SERVICE } from '../grpc/health-methods.ts';
import { HealthRegistry } from '../grpc/health-registry.ts';
import type { DrainResult, Transport, TransportStats } from '../grpc/transport.ts';
import { openUnixListeners, type UnixListenersOptions } from '../grpc/unix/unix-listeners.ts';
import type { UnixListener } from '../grpc/unix/unix-listener.ts';
import type { PolicySnapshot } from '../profile/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import { callLogger } from './call-log.ts';
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
  readonly sockets: Pick<UnixListenersOptions, 'paths' | 'allowSharedDirectory' | 'uid'>;
  readonly limits: BrokerLimits;
  /** Write one log line for each call. */
  readonly logCalls: boolean;
  /**
   * Told when the FIPS module has put itself out of service (a later self test failed): nothing it answers can be
   * trusted any more, and the process is to end.
   */
  readonly onCoreFault: (error: BrokerError) => void;
  /** Serve the development methods; absent: they are closed. */
  readonly development?: DevelopmentOptions;
}

export interface BrokerClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
}

export interface BrokerLimits {
  /** Calls one connection may have open at a time. */
  readonly maxConcurrentStreams: number;
  /** Connections one socket takes at a time. */
  readonly maxConnections: number;
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
}

/** Jobs handed to the core for each of its threads: one under way and one that is there when it ends. */
const JOBS_PER_THREAD = 2;

/** Builds the method table over a provider and a set of policies, and a transport that serves it. */
export function createBroker(options: BrokerOptions): Broker {
  const { logger } = options;
  const health = new HealthRegistry(servicesOf(options));
  const transport = makeTransport(options, health);
  let listeners: readonly UnixListener[] = [];
  return {
    start: async () => {
      const opened = await openUnixListeners({
        ...options.sockets,
        maxConnections: options.limits.maxConnections,
        onFault: faultLogger(logger, 'cannot accept a connection', options.clock.monotonicMs),
      });
      listeners = opened.listeners;
      for (const warning of opened.warnings) logger.warn(warning);
      health.set('SERVING');
      for (const listener of listeners) transport.listen(listener);
    },
    stop: async (milliseconds) => {
      health.end();
      for (const listener of listeners) listener.close();
      return await transport.drain(milliseconds);
    },
    stats: () => transport.stats(),
  };
}

function makeTransport(options: BrokerOptions, health: HealthRegistry): Transport {
  const { logger, clock, limits } = options;
  const policy: CallPolicy = {
    observe: observer(options),
    newIncident: options.newIncident,
    monotonicMs: clock.monotonicMs,
  };
  return grpcJsTransport({
    methods: methodTable(makeHandlers(options, health)),
    policy,
    maxConcurrentStreams: limits.maxConcurrentStreams,
    now: clock.now,
    reflection: {
      descriptorSet: Buffer.from(FILE_DESCRIPTOR_SET, 'base64'),
      services: servicesOf(options),
    },
    onFault: faultLogger(logger, 'a connection failed inside the server', clock.monotonicMs),
  });
}

function observer({ logger, logCalls, onCoreFault }: BrokerOptions): CallPolicy['observe'] {
  const log = callLogger(logger, logCalls);
  return (record) => {
    log(record);
    if (record.cause instanceof BrokerError && record.cause.code === 'SELF_CHECK_FAILED') {
      onCoreFault(record.cause);
    }
  };
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

/** Logs faults at most once a second: whatever causes one tends to cause many. */
function faultLogger(
  logger: Logger,
  message: string,
  monotonicMs: () => number,
): (error: unknown) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (error) => {
    const now = monotonicMs();
    if (now - last < FAULT_INTERVAL_MS) return;
    last = now;
    logger.warn(message, { error: error instanceof Error ? error.message : String(error) });
  };
}
