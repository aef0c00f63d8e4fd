import { randomBytes, randomUUID } from 'node:crypto';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';
import type { KmipListener, ListenerParts } from '../../../src/gateway/kmip-listener.ts';
import { composeGateway, type GatewayParts } from '../../../src/gateway/compose-gateway.ts';
import type { GatewaySettings } from '../../../src/gateway/gateway-options.ts';
import type { ClientIdentity } from '../../../src/gateway/identity/client-identity.ts';
import type { LocalKey } from '../../../src/gateway/keys/local-keys.ts';
import type {
  ClientTrust,
  ServicePolicy,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../../src/kmip/attributes/attribute-set.ts';
import type { Logger, LogFields } from '../../../src/telemetry/logger.ts';
import type { LinkState, Uplink, UplinkHandlers } from '../../../src/uplink/uplink.ts';
import { MemoryVault, type Vault } from '../../../src/vault/index.ts';
import { TestClock } from './test-clock.ts';
import { POLICY, SERVICE, TENANT, TestCore } from './test-core.ts';
import type { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts';
import { testMetrics } from '../telemetry/test-metrics.ts';

/** A Gateway's key side over a memory vault, with the network played by the test. */
export interface KeySide extends ListenerParts {
  readonly provider: CryptoProvider;
  readonly vault: Vault;
  readonly clock: TestClock;
  readonly core: TestCore;
  readonly handlers: UplinkHandlers;
  readonly parts: GatewayParts;
  readonly log: TestLog;
  readonly metrics: MetricsRegistry;
  readonly client: ClientIdentity;
  /** What was asked of the link and of the listener. */
  readonly calls: Calls;
  /** The link goes to another state. */
  link(state: LinkState): void;
  /** Enrols, links, and grants the service key. */
  join(policies?: readonly ServicePolicy[]): Promise<void>;
  create(attributes?: AttributeSet): Promise<LocalKey>;
  /** Finds the key, which must be there. */
  find(uid: string): Promise<LocalKey>;
  /** The plaintext of a key as a response would carry it. */
  read(key: LocalKey): Promise<Buffer>;
  /** Ends without a word, and begins again over the same vault and clocks. */
  restart(): Promise<KeySide>;
}

export interface Calls {
  readonly requested: string[];
  readonly closed: string[];
  trust: readonly ClientTrust[];
  woken: number;
}

export interface KeySideOptions {
  readonly metrics?: MetricsRegistry;
  readonly settings?: Partial<GatewaySettings>;
  readonly vault?: Vault;
  readonly clock?: TestClock;
  readonly core?: TestCore;
  readonly log?: TestLog;
}

/** Everything that was logged, for looking through. */
export class TestLog implements Logger {
  readonly lines: string[] = [];
  readonly debug = this.#writer('debug');
  readonly info = this.#writer('info');
  readonly warn = this.#writer('warn');
  readonly error = this.#writer('error');

  /** Lines of this level that begin with this text. */
  with(level: string, text: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(`${level} ${text}`));
  }

  #writer(level: string): (message: string, fields?: LogFields) => void {
    return (message, fields) => {
      this.lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
    };
  }
}

export const CLIENT: ClientIdentity = clientOf(TENANT, SERVICE);

export function clientOf(tenantId: string, serviceId: string): ClientIdentity {
  return {
    tenantId,
    serviceId,
    operations: undefined,
    spiffeId: `spiffe://test/${tenantId}/${serviceId}`,
    subject: `CN=${serviceId}`,
    issuer: 'CN=test',
    serial: '01',
    spkiSha256: new Uint8Array(32),
    chain: [],
    tlsVersion: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    peerAddress: '127.0.0.1',
    authenticatedAt: 0,
  };
}

export const CALL = { correlationId: 'test-call' };

export async function openKeySide(
  provider: CryptoProvider,
  options: KeySideOptions = {},
): Promise<KeySide> {
  const clock = options.clock ?? new TestClock();
  const vault = options.vault ?? new MemoryVault({ vaultId: randomUUID() });
  const core = options.core ?? new TestCore(provider, clock);
  const log = options.log ?? new TestLog();
  const metrics = options.metrics ?? testMetrics();
  const calls: Calls = { requested: [], closed: [], trust: [], woken: 0 };
  const ends: { handlers?: UplinkHandlers; listener?: ListenerParts } = {};
  let state: LinkState = 'cut';
  const parts = composeGateway({
    provider,
    vault,
    clock,
    logger: log,
    metrics,
    settings: {
      ...{
        name: 'gateway-1',
        version: '0.0.0',
        kmipHost: '127.0.0.1',
        uidForm: 'uuid',
        auditDays: 400,
      },
      ...options.settings,
    },
    random: (bytes) => randomBytes(bytes),
    newId: randomUUID,
    rssBytes: () => 1,
    uplink: (handlers) => {
      ends.handlers = handlers;
      return fakeUplink(calls, () => state);
    },
    listener: (listenerParts) => {
      ends.listener = listenerParts;
      return fakeListener(calls);
    },
  });
  const { handlers, listener } = ends;
  if (handlers === undefined || listener === undefined) throw new Error('not composed');
  await parts.restore();
  const { keys } = listener;

  const side: KeySide = {
    ...listener,
    ...{ provider, vault, clock, core, handlers, parts, log, metrics, calls, client: CLIENT },
    link: (next) => {
      const previous = state;
      state = next;
      handlers.linkChanged(next, previous);
    },
    join: async (policies = [POLICY]) => {
      await handlers.enrolled(core.enrol(await handlers.enrollRequest(), policies));
      side.link('linked');
      await handlers.grant(core.grant());
    },
    create: (attributes = AttributeSet.empty) =>
      keys.create({ length: 256, attributes }, CLIENT, CALL),
    find: async (uid) => {
      const key = await keys.find(uid, CLIENT);
      if (key === undefined) throw new Error('not found');
      return key;
    },
    read: async (key) => {
      const source = await keys.material(key);
      const target = Buffer.alloc(source.length + 16);
      source.writeTo(target, 8);
      return target.subarray(8, 8 + source.length);
    },
    restart: async () => {
      parts.wipe();
      return await openKeySide(provider, { ...options, vault, clock, core, log });
    },
  };
  return side;
}

function fakeUplink(calls: Calls, state: () => LinkState): Uplink {
  return {
    start: () => undefined,
    get status() {
      return {
        state: state(),
        lastAnswerAt: undefined,
        clockSkewMs: undefined,
        generation: undefined,
        reconnects: 0,
        lastError: undefined,
      };
    },
    tunnel: () => Promise.reject(new Error('no tunnel here')),
    wakeOutbox: () => {
      calls.woken += 1;
    },
    flushOutbox: () => Promise.resolve(),
    requestServiceKey: (tenant, service, version) => {
      calls.requested.push(`${tenant}/${service}/${version}`);
    },
    stop: () => Promise.resolve(),
  };
}

function fakeListener(calls: Calls): KmipListener {
  return {
    start: () => Promise.resolve(5696),
    setTrust: (trust) => {
      calls.trust = trust;
    },
    closeTenant: (tenantId) => {
      calls.closed.push(tenantId);
    },
    drain: () => Promise.resolve(),
  };
}
