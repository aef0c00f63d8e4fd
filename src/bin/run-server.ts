import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createBroker, type Broker } from '../broker/broker.ts';
import type { GivenMaterial } from '../broker/methods/benchmark-material.ts';
import type { LoadedSettings, Settings } from '../config/index.ts';
import { BrokerError, type ExitCode } from '../errors/index.ts';
import { loadProfiles } from '../profile/index.ts';
import type { LineSink } from '../telemetry/log-writer.ts';
import type { Logger } from '../telemetry/logger.ts';
import { LOG_MESSAGES, SERVER_SERVICE } from '../telemetry/names.ts';
import { observeProvider } from './provider-metrics.ts';
import { clock, runProgram, type ProgramTelemetry } from './run-program.ts';
import { logPolicies, logProvider, logSettings } from './server-log.ts';
import { startProvider } from './server-provider.ts';
import { serverTransport, transportName } from './server-transport.ts';

/** Connections one socket takes at a time; a client needs one. */
const MAX_CONNECTIONS = 1024;

/** Runs the Broker until it is told to end; see `runProgram`. */
export async function runServer(loaded: LoadedSettings): Promise<ExitCode> {
  return runProgram(loaded, {
    service: SERVER_SERVICE,
    starting: LOG_MESSAGES.starting,
    facts: { transport: transportName(loaded.settings) },
    start: async (logger, fail, lines, telemetry) => {
      const broker = await start(loaded, { logger, lines, telemetry, onCoreFault: fail });
      return {
        stop: async (drainMs) => {
          const { cutOff } = await broker.stop(drainMs);
          return { cutOff, calls: broker.stats().finishedCalls };
        },
      };
    },
  });
}

/** What the process around the Broker gives it. */
interface Surroundings {
  readonly logger: Logger;
  readonly lines: LineSink;
  readonly telemetry: ProgramTelemetry;
  readonly onCoreFault: (error: BrokerError) => void;
}

async function start(loaded: LoadedSettings, surroundings: Surroundings): Promise<Broker> {
  const { settings } = loaded;
  const { logger, lines, telemetry, onCoreFault } = surroundings;
  logSettings(logger, loaded);
  const { provider, timer } = await startProvider(settings, clock.monotonicMs);
  logProvider(logger, provider.report());
  observeProvider(telemetry.metrics, provider);
  const policies = loadProfiles({
    directory: settings.profilesDir,
    shipped: loaded.sources.get('profilesDir')?.kind === 'default',
  });
  logPolicies(logger, policies);
  const sockets = socketsOf(loaded);
  const broker = createBroker({
    ...{ provider, policies, logger, clock, sockets, telemetry, onCoreFault },
    newIncident: randomUUID,
    transport: await serverTransport(settings, policies, lines),
    limits: {
      maxConcurrentStreams: settings.maxConcurrentStreams,
      maxConnections: MAX_CONNECTIONS,
      poolThreads: settings.pool.threads,
      poolQueue: settings.pool.queue,
    },
    logCalls: settings.log.requests === 'on',
    ...(settings.dev && {
      development: { timer, benchmarkMaterial: readMaterial(settings.benchmark) },
    }),
  });
  await broker.start();
  logger.info(LOG_MESSAGES.serving, {
    sockets: sockets.paths.join(' '),
    inheritedSockets: sockets.inherited.length > 0 ? sockets.inherited.length : undefined,
    transport: broker.transport,
    startMs: Math.round(process.uptime() * 1000),
  });
  return broker;
}

/**
 * Where the Broker listens. A service manager that hands sockets over has decided where: the paths that nobody asked for
 * are then not opened, since they may be the very ones it holds.
 */
function socketsOf({ settings, sources, inheritedSockets }: LoadedSettings) {
  const chosen = sources.get('sockets')?.kind !== 'default' || inheritedSockets.length === 0;
  return {
    paths: chosen ? settings.sockets : [],
    inherited: inheritedSockets,
    allowSharedDirectory: settings.allowSharedSocketDir,
    uid: process.geteuid?.() ?? 0,
  };
}

function readMaterial(settings: Settings['benchmark']): GivenMaterial {
  const { caCert, privateKey, csr } = settings;
  return {
    ...(caCert !== undefined &&
      privateKey !== undefined && {
        ca: {
          certificate: readPem('benchmark.caCert', caCert),
          key: readPem('benchmark.privateKey', privateKey),
        },
      }),
    ...(csr !== undefined && { csr: readPem('benchmark.csr', csr) }),
  };
}

function readPem(field: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new BrokerError('CONFIG_INVALID', 'cannot be read', { field, cause });
  }
}
