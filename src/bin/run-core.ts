import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { LoadedSettings, Settings } from '../config/index.ts';
import { createKmipExecutor } from '../core/kmip/index.ts';
import {
  createCore,
  parseRootSecret,
  readRootSecret,
  restoreCore as restoreDatabase,
  staticRootSealer,
  type Core,
  type CoreOptions,
  type RootSealer,
} from '../core/index.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { BrokerError, type ExitCode } from '../errors/index.ts';
import { HEALTH_SERVICE } from '../grpc/health-methods.ts';
import type { Logger } from '../telemetry/logger.ts';
import { CORE_SERVICE, LOG_MESSAGES } from '../telemetry/names.ts';
import { splitEndpoint } from './endpoint.ts';
import { secureNodeTls } from './node-tls.ts';
import { programFacts } from './program-facts.ts';
import { observeProvider } from './provider-metrics.ts';
import { required } from './required.ts';
import { clock, runProgram, type ProgramTelemetry } from './run-program.ts';
import { logNodeTls, logProvider, logSettings } from './server-log.ts';
import { startKeyProvider } from './server-provider.ts';

/** Name of the database in the data directory. */
const STORE_FILE = 'core.db';

/** Gateways say something every 10 s; after 30 s without an answer a link is stale, after 90 s it is cut. */
const LINK_TIMES = { heartbeatMs: 10_000, staleMs: 30_000, lostMs: 90_000 };

/** What a Core's parts tell things to. */
interface Surroundings extends ProgramTelemetry {
  readonly logger: Logger;
}

/** Runs the reference Core until it is told to end; see `runProgram`. */
export async function runCore(loaded: LoadedSettings): Promise<ExitCode> {
  const tls = secureNodeTls(loaded.settings);
  return runProgram(loaded, {
    service: CORE_SERVICE,
    starting: LOG_MESSAGES.startingCore,
    start: async (logger, _fail, _lines, telemetry) => {
      logSettings(logger, loaded);
      const provider = startKeyProvider(loaded.settings);
      observeProvider(telemetry.metrics, provider);
      logProvider(logger, provider.report());
      logNodeTls(logger, tls);
      const core = await start(loaded.settings, provider, { logger, ...telemetry });
      return {
        ready: () => core.isReady,
        stop: async (drainMs) => {
          await core.stop(drainMs);
          return { cutOff: 0, calls: 0 };
        },
      };
    },
  });
}

async function start(
  settings: Settings,
  provider: CryptoProvider,
  surroundings: Surroundings,
): Promise<Core> {
  const { logger } = surroundings;
  const core = createCore(coreOptions(settings, provider, surroundings));
  await core.start();
  const { clusterId, epoch, uplinkAddress, adminSocket, tenants, services, keys } = core.facts;
  logger.info(LOG_MESSAGES.serving, {
    ...{ uplink: uplinkAddress, admin: adminSocket, clusterId, epoch, tenants, services, keys },
    startMs: Math.round(process.uptime() * 1000),
  });
  return core;
}

function coreOptions(
  settings: Settings,
  provider: CryptoProvider,
  { logger, metrics, tracer }: Surroundings,
): CoreOptions {
  const { core } = settings;
  const logOperations = settings.log.requests === 'on';
  const uid = process.geteuid?.() ?? 0;
  return {
    provider,
    sealer: rootSealer(core, uid),
    executor: createKmipExecutor({ provider, clock, newId: randomUUID, logger }),
    store: { path: storePath(core.dataDir) },
    region: core.region,
    uplink: {
      ...splitEndpoint(core.listen),
      files: {
        certificate: required('core.cert', '--cert', core.cert),
        key: required('core.key', '--key', core.key),
        ca: required('core.gatewayCa', '--gateway-ca', core.gatewayCa),
      },
      times: LINK_TIMES,
    },
    admin: { socket: core.adminSocket, allowSharedDirectory: settings.allowSharedSocketDir },
    uid,
    version: programFacts().version,
    clock,
    newId: randomUUID,
    ...{ logger, metrics, tracer, logOperations },
    observeAdmin: ({ path, status, code, durationMs, incident, cause }) => {
      if (incident !== undefined) {
        logger.error(LOG_MESSAGES.callIncident, { incident, method: path, cause: textOf(cause) });
      }
      // A probe every few seconds is not administration.
      if (path.startsWith(`/${HEALTH_SERVICE}/`)) return;
      const milliseconds = Math.round(durationMs * 1000) / 1000;
      const facts = { method: path, code: status, error: code, incident };
      logger.info(LOG_MESSAGES.callFinished, { ...facts, durationMs: milliseconds });
    },
  };
}

function rootSealer({ rootSecretFile, rootSecret }: Settings['core'], uid: number): RootSealer {
  if (rootSecretFile !== undefined && rootSecret !== undefined) {
    throw new BrokerError('CONFIG_INVALID', 'give a file or the secret itself, not both', {
      field: 'core.rootSecret',
    });
  }
  if (rootSecret !== undefined) return staticRootSealer(parseRootSecret(rootSecret));
  const path = required('core.rootSecretFile', '--root-secret-file', rootSecretFile);
  return staticRootSealer(readRootSecret(path, uid));
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

/** Puts a backup of a Core into an empty data directory. */
export function restoreCore(backup: string, dataDirectory: string): void {
  restoreDatabase(backup, storePath(dataDirectory));
}

function storePath(dataDirectory: string): string {
  return join(dataDirectory, STORE_FILE);
}
