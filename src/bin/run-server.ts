import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createBroker, type Broker } from '../broker/broker.ts';
import type { GivenMaterial } from '../broker/methods/benchmark-material.ts';
import type { LoadedSettings, Settings } from '../config/index.ts';
import { BrokerError, EXIT, type ExitCode } from '../errors/index.ts';
import { loadProfiles, type PolicySnapshot } from '../profile/index.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { LogWriter } from '../telemetry/log-writer.ts';
import { LOG_MESSAGES, SERVER_SERVICE } from '../telemetry/names.ts';
import { programFacts } from './program-facts.ts';
import { logCrash, logPolicies, logProvider, logSettings, logStartFailure } from './server-log.ts';
import { startProvider, type ServerProvider } from './server-provider.ts';
import { awaitStopRequest, type StopReason, type StopRequest } from './stop-request.ts';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/** Connections one socket takes at a time; a client needs one. */
const MAX_CONNECTIONS = 1024;

/** How long the last log lines may take to leave. */
const FLUSH_MS = 1000;

/**
 * Runs the Broker until SIGTERM or SIGINT and returns the exit code of the process. Errors at start are logged, not
 * thrown. The first signal stops the server in order, within `drainSeconds`; a second one ends the process at once.
 */
export async function runServer(loaded: LoadedSettings): Promise<ExitCode> {
  const { settings } = loaded;
  const stream = settings.log.output === 'stdout' ? process.stdout : process.stderr;
  // A command whose reader has gone may end; a server goes on, whatever was arranged before.
  stream.removeAllListeners('error');
  const writer = new LogWriter({
    stream,
    onDropped: (lines) => {
      logger.warn(LOG_MESSAGES.linesDropped, { lines });
    },
  });
  const logger: Logger = createLogger({
    level: settings.log.level,
    format: settings.log.format,
    service: SERVER_SERVICE,
    now: clock.now,
    sink: writer,
  });
  const stopRequest = awaitStopRequest(() => {
    process.exit(EXIT.failed);
  });
  const exit = await serve(loaded, logger, stopRequest);
  stopRequest.release();
  // A log that nobody reads must not keep the process.
  if (!(await writer.flush(FLUSH_MS))) process.exit(exit);
  return exit;
}

async function serve(
  loaded: LoadedSettings,
  logger: Logger,
  stopRequest: StopRequest,
): Promise<ExitCode> {
  try {
    const broker = await start(loaded, logger, (error) => {
      stopRequest.fail(error);
    });
    return await stop(broker, await stopRequest.first, loaded.settings, logger);
  } catch (error) {
    return logStartFailure(logger, error);
  }
}

async function start(
  loaded: LoadedSettings,
  logger: Logger,
  onCoreFault: (error: BrokerError) => void,
): Promise<Broker> {
  const { settings } = loaded;
  const { version, node } = programFacts();
  logger.info(LOG_MESSAGES.starting, { version, node, pid: process.pid });
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

async function stop(
  broker: Broker,
  reason: StopReason,
  settings: Settings,
  logger: Logger,
): Promise<ExitCode> {
  if (reason.kind === 'crash') {
    logCrash(logger, LOG_MESSAGES.crashed, reason.error);
    await broker.stop(0);
    return reason.error instanceof BrokerError ? reason.error.definition.exit : EXIT.failed;
  }
  logger.info(LOG_MESSAGES.stopping, {
    signal: reason.signal,
    drainSeconds: settings.drainSeconds,
  });
  const { cutOff } = await broker.stop(settings.drainSeconds * 1000);
  if (cutOff > 0) logger.warn(LOG_MESSAGES.callsCutOff, { calls: cutOff });
  logger.info(LOG_MESSAGES.stopped, { calls: broker.stats().finishedCalls });
  return EXIT.ok;
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
