import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  createCore,
  readRootSecret,
  staticRootSealer,
  type Core,
  type CoreOptions,
  type KmipExecutor,
} from '../../../src/core/index.ts';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';
import { createPureProvider } from '../../../src/x509/pure-provider.ts';
import type { ThrowawayCa } from '../../../src/x509/throwaway.ts';
import { captureLog, type CapturedLog } from '../../integration/support/captured-log.ts';
import { scratchDirectory } from '../scratch.ts';
import { issueLeaf, makeUplinkCa } from '../uplink-pki.ts';
import { AdminClient } from './admin-client.ts';
import { testExecutor } from './test-executor.ts';
import { NO_TRACER } from '../../../src/telemetry/tracing/tracer.ts';
import { testMetrics } from '../telemetry/test-metrics.ts';

/** Where a Core of a test lives: kept over its restarts. */
export interface CoreHome {
  readonly directory: string;
  readonly database: string;
  readonly secretFile: string;
  readonly socket: string;
  readonly tls: CoreOptions['uplink']['files'];
  /** CA of Gateways and Core. */
  readonly ca: ThrowawayCa;
}

/** A directory with a root secret and fresh certificates. */
export async function makeCoreHome(): Promise<CoreHome> {
  const directory = scratchDirectory();
  const store = join(directory, 'store');
  mkdirSync(store, { mode: 0o700 });
  const ca = await makeUplinkCa();
  const leaf = await issueLeaf(ca, {
    usage: 'server',
    dnsNames: ['localhost'],
    addresses: ['127.0.0.1'],
    uris: ['spiffe://test/core/main'],
  });
  const tls = {
    certificate: join(directory, 'core.pem'),
    key: join(directory, 'core.key'),
    ca: join(directory, 'ca.pem'),
  };
  writeFileSync(tls.certificate, leaf.certificatePem);
  writeFileSync(tls.key, leaf.keyPem, { mode: 0o600 });
  writeFileSync(tls.ca, ca.certificatePem);
  const secretFile = join(directory, 'root.secret');
  writeFileSync(secretFile, `${ROOT_SECRET}\n`, { mode: 0o600 });
  return {
    directory,
    database: join(store, 'core.db'),
    secretFile,
    socket: join(directory, 'admin.sock'),
    tls,
    ca,
  };
}

/** 32 bytes that occur nowhere by chance. */
export const ROOT_SECRET = 'c0ffee'.repeat(10) + 'abcd';

/** Short, so that tests of silence end soon. */
const TEST_TIMES = { heartbeatMs: 200, staleMs: 600, lostMs: 1500 };

export interface TestCoreOptions {
  readonly home?: CoreHome;
  readonly executor?: KmipExecutor;
  readonly provider?: CryptoProvider;
  readonly clock?: CoreOptions['clock'];
  readonly times?: CoreOptions['uplink']['times'];
  readonly port?: number;
  readonly metrics?: CoreOptions['metrics'];
  readonly tracer?: CoreOptions['tracer'];
}

export interface TestCore {
  readonly core: Core;
  readonly home: CoreHome;
  readonly log: CapturedLog;
  readonly admin: AdminClient;
  readonly provider: CryptoProvider;
}

/** The settings of a Core that lives at `home`. */
export async function coreOptions(
  home: CoreHome,
  log: CapturedLog,
  options: TestCoreOptions = {},
): Promise<CoreOptions> {
  const provider = options.provider ?? (await createPureProvider());
  const uid = process.getuid?.() ?? 0;
  return {
    provider,
    sealer: staticRootSealer(readRootSecret(home.secretFile, uid)),
    executor: options.executor ?? testExecutor(provider),
    store: { path: home.database },
    region: 'test',
    uplink: {
      host: '127.0.0.1',
      port: options.port ?? 0,
      files: home.tls,
      times: options.times ?? TEST_TIMES,
    },
    admin: { socket: home.socket, allowSharedDirectory: false },
    uid,
    version: '0.0.0',
    clock: options.clock ?? { now: () => Date.now(), monotonicMs: () => performance.now() },
    newId: () => randomUUID(),
    logger: log.logger,
    metrics: options.metrics ?? testMetrics(),
    tracer: options.tracer ?? NO_TRACER,
    logOperations: true,
    observeAdmin: () => undefined,
  };
}

/** A Core in this process, over the pure provider unless told otherwise; stopped when the test has ended. */
export async function startTestCore(options: TestCoreOptions = {}): Promise<TestCore> {
  const home = options.home ?? (await makeCoreHome());
  const log = captureLog();
  const settings = await coreOptions(home, log, options);
  const core = createCore(settings);
  await core.start();
  const admin = new AdminClient(home.socket);
  onTestFinished(async () => {
    admin.close();
    await core.stop(0);
  });
  return { core, home, log, admin, provider: settings.provider };
}
