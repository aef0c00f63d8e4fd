import { randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedSettings, Settings } from '../config/index.ts';
import { FileProblem, readSmallFile } from '../config/read-small-file.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { BrokerError, type ExitCode } from '../errors/index.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import type { GatewayOptions, GatewaySettings } from '../gateway/gateway-options.ts';
import {
  createKmipListener,
  type KmipListenerOptions,
} from '../gateway/listener/create-kmip-listener.ts';
import type { ListenerFiles } from '../gateway/listener/tls-files.ts';
import { DEFAULT_SESSION_LIMITS } from '../kmip-session/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics, Sample } from '../telemetry/metrics/metrics.ts';
import { GATEWAY_SERVICE, LOG_MESSAGES } from '../telemetry/names.ts';
import { certificateSamples } from '../tls-files/index.ts';
import { createUplink } from '../uplink/create-uplink.ts';
import type { UplinkCertificates, UplinkTls } from '../uplink/options.ts';
import { parseSpiffeIdentity, uriNames } from '../uplink-wire/index.ts';
import { SqliteVault, VAULT_FILE } from '../vault/index.ts';
import { splitEndpoint } from './endpoint.ts';
import { secureNodeTls } from './node-tls.ts';
import { programFacts } from './program-facts.ts';
import { observeProvider } from './provider-metrics.ts';
import { randomPool } from './random-pool.ts';
import { required } from './required.ts';
import { clock, runProgram, type ProgramTelemetry } from './run-program.ts';
import { logNodeTls, logProvider, logSettings } from './server-log.ts';
import { startKeyProvider } from './server-provider.ts';

/** Outbox entries that the vault itself holds at most; a service's policy says less. */
const OUTBOX_LIMIT = 10_000_000;

/** Longest passphrase file, in bytes, and the permission bits it may not have. */
const PASSPHRASE_LIMIT = 1024;
const OTHERS = 0o007;

const MIB = 1024 * 1024;

/** What no operator has asked to change yet. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const HANDSHAKES = 64;
const RELOAD_INTERVAL_MS = 10_000;
const BUFFERED_BYTES = 64 * MIB;

/** What a Gateway's parts tell things to. */
interface Surroundings extends ProgramTelemetry {
  readonly logger: Logger;
  /** Ends the process with the exit code of the error. */
  readonly fail: (error: unknown) => void;
}

/** Runs the Gateway until it is told to end; see `runProgram`. */
export async function runGateway(loaded: LoadedSettings): Promise<ExitCode> {
  const tls = secureNodeTls(loaded.settings);
  return runProgram(loaded, {
    service: GATEWAY_SERVICE,
    starting: LOG_MESSAGES.startingGateway,
    start: async (logger, fail, _lines, telemetry) => {
      logSettings(logger, loaded);
      const provider = startKeyProvider(loaded.settings);
      observeProvider(telemetry.metrics, provider);
      logProvider(logger, provider.report());
      logNodeTls(logger, tls);
      const gateway = await start(loaded.settings, provider, { logger, fail, ...telemetry });
      return {
        ready: () => gateway.isReady,
        stop: async (drainMs) => {
          await gateway.stop(drainMs);
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
): Promise<Gateway> {
  const { gateway: own } = settings;
  const { logger, metrics } = surroundings;
  const tls = uplinkTls(own);
  const gatewaySettings = settingsOf(settings, tls.certificateFile);
  const listener = listenerOptions(settings, surroundings);
  const address = required('gateway.core.address', '--core', own.core.address);
  const gateway = await startGateway(gatewaySettings, async () => ({
    provider,
    vault: await openVault(own, surroundings),
    uplink: (handlers) =>
      createUplink({
        ...{ address, tls, handlers, logger },
        certificatesRead: uplinkCertificates(metrics),
        clock: { monotonicMs: clock.monotonicMs, wallMs: clock.now },
        random: Math.random,
      }),
    listener: (parts) => createKmipListener(parts, listener),
    settings: gatewaySettings,
    clock,
    random: randomPool(),
    newId: randomUUID,
    rssBytes: () => process.memoryUsage.rss(),
    logger,
    metrics,
  }));
  const { kmipAddress } = await gateway.status();
  logger.info(LOG_MESSAGES.serving, {
    kmip: kmipAddress,
    status: own.statusSocket,
    core: address,
    startMs: Math.round(process.uptime() * 1000),
  });
  return gateway;
}

/** Starts a Gateway of these parts. Whatever comes of it, the passphrase of the sealing key is wiped. */
async function startGateway(
  { sealingKey }: GatewaySettings,
  parts: () => Promise<GatewayOptions>,
): Promise<Gateway> {
  try {
    const gateway = createGateway(await parts());
    await gateway.start();
    return gateway;
  } finally {
    sealingKey?.passphrase?.fill(0);
  }
}

/** Lets metrics read when the certificates end that the Core was last dialled with. */
function uplinkCertificates(metrics: Metrics): (files: UplinkCertificates) => void {
  let samples: readonly Sample[] = [];
  metrics.source(() => samples);
  return ({ certificate, ca }) => {
    samples = certificateSamples([
      { name: 'uplink-client', pem: certificate },
      { name: 'core-ca', pem: ca },
    ]);
  };
}

async function openVault(
  own: Settings['gateway'],
  { logger, fail, metrics }: Surroundings,
): Promise<SqliteVault> {
  const commits = metrics.histogram('krypton_vault_commit_duration_seconds', {});
  return SqliteVault.open({
    path: join(own.vaultDir, VAULT_FILE),
    uid: process.geteuid?.() ?? 0,
    newVaultId: randomUUID(),
    outboxLimit: OUTBOX_LIMIT,
    minimumFreeBytes: own.limits.minimumFreeMiB * MIB,
    monotonic: clock.monotonicMs,
    slowCheck: (fileBytes) => {
      logger.info(LOG_MESSAGES.vaultCheck, { mebibytes: Math.round(fileBytes / MIB) });
    },
    commitTook: (milliseconds) => {
      commits.record(milliseconds / 1000);
    },
    notice: (notice) => {
      switch (notice.kind) {
        case 'trouble':
          logger.error(LOG_MESSAGES.vaultTrouble, { error: notice.failure.code });
          break;
        case 'recovered':
          logger.info(LOG_MESSAGES.vaultRecovered);
          break;
        case 'lost':
          logger.error(LOG_MESSAGES.vaultLost, { reason: notice.reason });
          // Nothing could be stored any more: a supervisor is to start the Gateway afresh.
          fail(new BrokerError('VAULT_UNAVAILABLE', 'the vault has ended by itself'));
      }
    },
  });
}

function settingsOf(settings: Settings, certificateFile: string): GatewaySettings {
  const { gateway: own } = settings;
  const { sealingPassphraseFile } = own;
  return {
    name: own.name ?? nameIn(certificateFile),
    version: programFacts().version,
    kmipHost: splitEndpoint(own.listen).host,
    uidForm: own.uid,
    auditDays: own.auditDays,
    sealingKey: {
      path: own.sealingKey,
      ...(sealingPassphraseFile !== undefined && {
        passphrase: readPassphrase(sealingPassphraseFile),
      }),
    },
    statusSocket: {
      paths: [own.statusSocket],
      allowSharedDirectory: settings.allowSharedSocketDir,
      uid: process.geteuid?.() ?? 0,
    },
  };
}

function listenerOptions(
  settings: Settings,
  { logger, metrics, tracer }: Surroundings,
): KmipListenerOptions {
  const { gateway: own } = settings;
  const { limits } = own;
  // 0 means no limit, which a bucket of this size is.
  const requestsPerSecond =
    limits.requestsPerSecond === 0 ? Number.MAX_SAFE_INTEGER : limits.requestsPerSecond;
  return {
    ...splitEndpoint(own.listen),
    files: { identities: identities(own), caFiles: own.clientCa },
    limits: {
      session: { ...DEFAULT_SESSION_LIMITS, idleTimeoutMs: limits.idleSeconds * 1000 },
      connections: {
        connections: limits.connections,
        connectionsPerIdentity: limits.connectionsPerClient,
        requestsPerSecond,
        requestBurst: requestsPerSecond,
        bufferedBytes: BUFFERED_BYTES,
      },
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      handshakes: HANDSHAKES,
      reloadIntervalMs: RELOAD_INTERVAL_MS,
    },
    batchItems: limits.batchItems,
    logOperations: settings.log.requests === 'on',
    clock: {
      ...clock,
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => {
          clearTimeout(timer);
        };
      },
    },
    productVersion: programFacts().version,
    newId: randomUUID,
    ...{ logger, metrics, tracer },
  };
}

function identities({ cert, key }: Settings['gateway']): ListenerFiles['identities'] {
  if (cert.length === 0 || cert.length !== key.length) {
    throw new BrokerError(
      'CONFIG_INVALID',
      'give --cert and --key, as many of one as of the other',
      {
        field: 'gateway.cert',
      },
    );
  }
  return cert.map((certFile, index) => ({ certFile, keyFile: key[index] ?? '' }));
}

function uplinkTls({ core }: Settings['gateway']): UplinkTls {
  const address = required('gateway.core.address', '--core', core.address);
  return {
    caFile: required('gateway.core.ca', '--core-ca', core.ca),
    certificateFile: required('gateway.core.cert', '--core-cert', core.cert),
    keyFile: required('gateway.core.key', '--core-key', core.key),
    coreIdentity: core.identity ?? splitEndpoint(address).host,
  };
}

/** The name in the one URI of the Gateway's certificate: what follows `/gateway/`. */
function nameIn(certificateFile: string): string {
  const field = 'gateway.core.cert';
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(certificateFile));
  } catch (cause) {
    throw new BrokerError('CONFIG_INVALID', 'is not a certificate in PEM', { field, cause });
  }
  const [uri, ...others] = uriNames(certificate);
  const name = uri === undefined || others.length > 0 ? undefined : parseSpiffeIdentity(uri)?.name;
  if (name === undefined) {
    throw new BrokerError(
      'CONFIG_INVALID',
      'must have exactly one URI name, spiffe://<trust domain>/gateway/<name>',
      { field },
    );
  }
  return name;
}

/** Without the line feed that editors and `echo` put at the end. The caller wipes it. */
function readPassphrase(path: string): Uint8Array {
  const field = 'gateway.sealingPassphraseFile';
  try {
    const content = readSmallFile(path, { limit: PASSPHRASE_LIMIT, forbidden: OTHERS });
    return content.at(-1) === 0x0a ? content.subarray(0, -1) : content;
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    throw new BrokerError('CONFIG_INVALID', error.message, { field, cause: error });
  }
}
