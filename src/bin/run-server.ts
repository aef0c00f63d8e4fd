import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createBroker, type Broker } from '../broker/broker.ts';
import type { GivenMaterial } from '../broker/methods/benchmark-material.ts';
import type { LoadedSettings, Settings } from '../config/index.ts';
import { BrokerError, type ExitCode } from '../errors/index.ts';
import { loadProfiles, type PolicySnapshot } from '../profile/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import { LOG_MESSAGES, SERVER_SERVICE } from '../telemetry/names.ts';
import { clock, runProgram } from './run-program.ts';
import { logPolicies, logProvider, logSettings } from './server-log.ts';
import { startProvider, type ServerProvider } from './server-provider.ts';

/** Connections one socket takes at a time; a client needs one. */
const MAX_CONNECTIONS = 1024;

/** Runs the Broker until it is told to end; see `runProgram`. */
export async function runServer(loaded: LoadedSettings): Promise<ExitCode> {
  return runProgram(loaded, {
    service: SERVER_SERVICE,
    starting: LOG_MESSAGES.starting,
    start: async (logger, fail) => {
      const broker = await start(loaded, logger, fail);
      return {
        stop: async (drainMs) => {
          const { cutOff } = await broker.stop(drainMs);
          return { cutOff, calls: broker.stats().finishedCalls };
        },
      };
    },
  });
}

async function start(
  loaded: LoadedSettings,
  logger: Logger,
  onCoreFault: (error: BrokerError) => void,
): Promise<Broker> {
  const { settings } = loaded;
  logSettings(logger, loaded);
  if (settings.transport === 'native') {
    throw new BrokerError('CONFIG_INVALID', 'native is not part of this version; use grpc-js', {
      field: 'transport',
    });
  }
  const serverProvider = await startProvider(settings, clock.monotonicMs);
  logProvider(logger, serverProvider.provider.report());
  const policies = loadProfiles({
    directory: settings.profilesDir,
    shipped: loaded.sources.get('profilesDir')?.kind === 'default',
  });
  logPolicies(logger, policies);
  const broker = build(settings, serverProvider, policies, logger, onCoreFault);
  await broker.start();
  logger.info(LOG_MESSAGES.serving, {
    sockets: settings.sockets.join(' '),
    transport: settings.transport,
    startMs: Math.round(process.uptime() * 1000),
  });
  return broker;
}

function build(
  settings: Settings,
  { provider, timer }: ServerProvider,
  policies: PolicySnapshot,
  logger: Logger,
  onCoreFault: (error: BrokerError) => void,
): Broker {
  return createBroker({
    provider,
    policies,
    logger,
    clock,
    newIncident: randomUUID,
    sockets: {
      paths: settings.sockets,
      allowSharedDirectory: settings.allowSharedSocketDir,
      uid: process.geteuid?.() ?? 0,
    },
    limits: {
      maxConcurrentStreams: settings.maxConcurrentStreams,
      maxConnections: MAX_CONNECTIONS,
      poolThreads: settings.pool.threads,
      poolQueue: settings.pool.queue,
    },
    logCalls: settings.log.requests === 'on',
    onCoreFault,
    ...(settings.dev && {
      development: { timer, benchmarkMaterial: readMaterial(settings.benchmark) },
    }),
  });
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
