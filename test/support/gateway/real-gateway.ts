import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';
import { createGateway, type Gateway } from '../../../src/gateway/gateway.ts';
import type { KmipListener, ListenerParts } from '../../../src/gateway/kmip-listener.ts';
import type { Metrics } from '../../../src/telemetry/metrics/metrics.ts';
import type { Vault } from '../../../src/vault/index.ts';
import { createUplink } from '../../../src/uplink/create-uplink.ts';
import type { CoreHome } from '../core/test-core.ts';
import { identityOf } from '../core/scenario.ts';
import { scratchDirectory } from '../scratch.ts';
import { issueLeaf, type UplinkCredentials } from '../uplink-pki.ts';
import { openVault } from '../vaults.ts';
import { TestLog } from './key-side.ts';
import { testMetrics } from '../telemetry/test-metrics.ts';

/** Where a Gateway of a test lives: kept over its restarts. */
export interface GatewayHome {
  readonly directory: string;
  readonly credentials: UplinkCredentials;
}

export interface RealGateway extends ListenerParts {
  readonly gateway: Gateway;
  readonly vault: Vault;
  readonly log: TestLog;
  /** Tenants whose connections were ended. */
  readonly closed: string[];
}

export interface RealGatewayOptions {
  readonly metrics?: Metrics;
  /** In the place of a KMIP side that does nothing. */
  readonly listener?: (parts: ListenerParts, log: TestLog) => KmipListener;
}

export async function makeGatewayHome(core: CoreHome): Promise<GatewayHome> {
  const directory = scratchDirectory();
  const credentials = await issueLeaf(core.ca, { usage: 'client', uris: [identityOf('edge-1')] });
  writeFileSync(join(directory, 'ca.pem'), core.ca.certificatePem);
  writeFileSync(join(directory, 'cert.pem'), credentials.certificatePem);
  writeFileSync(join(directory, 'key.pem'), credentials.keyPem, { mode: 0o600 });
  return { directory, credentials };
}

/** A Gateway over a vault on the disk and a real link, as a rule without its KMIP port; stopped when the test has ended. */
export async function startRealGateway(
  provider: CryptoProvider,
  home: GatewayHome,
  coreAddress: string,
  { metrics = testMetrics(), listener }: RealGatewayOptions = {},
): Promise<RealGateway> {
  const log = new TestLog();
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
  const vault = await openVault({ path: join(home.directory, 'vault', 'gateway.db') });
  const closed: string[] = [];
  let parts: ListenerParts | undefined;
  const gateway = createGateway({
    ...{ provider, vault, clock, logger: log, newId: randomUUID, metrics },
    random: (bytes) => randomBytes(bytes),
    rssBytes: () => process.memoryUsage.rss(),
    settings: {
      ...{
        name: 'edge-1',
        version: '0.0.0',
        kmipHost: '127.0.0.1',
        uidForm: 'uuid',
        auditDays: 400,
      },
      sealingKey: { path: join(home.directory, 'sealing.pem') },
    },
    uplink: (handlers) =>
      createUplink({
        address: coreAddress,
        tls: {
          caFile: join(home.directory, 'ca.pem'),
          certificateFile: join(home.directory, 'cert.pem'),
          keyFile: join(home.directory, 'key.pem'),
          coreIdentity: 'spiffe://test/core/main',
        },
        handlers,
        clock: { monotonicMs: clock.monotonicMs, wallMs: clock.now },
        random: Math.random,
        logger: log,
        limits: { reconnectFirstMs: 20, reconnectLongestMs: 100 },
      }),
    listener: (given) => {
      parts = given;
      if (listener !== undefined) return listener(given, log);
      return {
        start: () => Promise.resolve(5696),
        setTrust: () => undefined,
        closeTenant: (tenantId) => closed.push(tenantId),
        drain: () => Promise.resolve(),
      };
    },
  });
  if (parts === undefined) throw new Error('not composed');
  await gateway.start();
  onTestFinished(async () => {
    await gateway.stop(0);
  });
  return { ...parts, gateway, vault, log, closed };
}
