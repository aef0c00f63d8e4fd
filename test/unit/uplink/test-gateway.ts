import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  GrantResult,
  SealingScheme,
  type Event,
  type OutboxItem,
  type TunnelRequest,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import type { LogFields, Logger } from '../../../src/telemetry/logger.ts';
import { createUplink } from '../../../src/uplink/create-uplink.ts';
import type { UplinkClock, UplinkLimits, UplinkTls } from '../../../src/uplink/options.ts';
import type { LinkState, Uplink, UplinkHandlers } from '../../../src/uplink/uplink.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  issueLeaf,
  makeUplinkCa,
  writeUplinkFiles,
  type UplinkCredentials,
} from '../../support/uplink-pki.ts';
import { ScriptedCore } from './scripted-core.ts';

export const CORE_URI = 'spiffe://example.org/core/eu-1';
const GATEWAY_URI = 'spiffe://example.org/gateway/gw-1';

const ca = makeUplinkCa();
const coreLeaf = ca.then((of) =>
  issueLeaf(of, { uris: [CORE_URI], dnsNames: ['core.example.org'], usage: 'server' }),
);
const gatewayLeaf = ca.then((of) => issueLeaf(of, { uris: [GATEWAY_URI], usage: 'client' }));

/** The CA of these tests, and what both ends show by default. */
export async function pki(): Promise<{
  readonly ca: Awaited<ReturnType<typeof makeUplinkCa>>;
  readonly core: UplinkCredentials;
  readonly gateway: UplinkCredentials;
}> {
  return { ca: await ca, core: await coreLeaf, gateway: await gatewayLeaf };
}

export const clock: UplinkClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** In so many ms, monotonic. */
export const within = (milliseconds: number): number => clock.monotonicMs() + milliseconds;

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A Gateway that keeps everything in memory, remembers what it was told in order, and fails when asked to. */
export class TestGateway {
  readonly happened: string[] = [];
  readonly links: LinkState[] = [];
  readonly log: LogLine[] = [];
  readonly events: Event[] = [];
  /** Outbox entries by sequence - 1. */
  readonly entries: Uint8Array[] = [];
  settled = 0;
  applied: [bigint, bigint, bigint] = [0n, 0n, 0n];
  resumeToken: Uint8Array = new Uint8Array();
  /** Replaces handlers, one by one. */
  overrides: Partial<UplinkHandlers> = {};
  readonly #waiting: (() => void)[] = [];

  get handlers(): UplinkHandlers {
    const own = this.#own();
    const call =
      <Name extends keyof UplinkHandlers>(name: Name) =>
      (...parameters: Parameters<UplinkHandlers[Name]>): ReturnType<UplinkHandlers[Name]> => {
        const handler = (this.overrides[name] ?? own[name]) as (
          ...given: typeof parameters
        ) => ReturnType<UplinkHandlers[Name]>;
        return handler(...parameters);
      };
    return {
      enrollRequest: call('enrollRequest'),
      enrolled: call('enrolled'),
      hello: call('hello'),
      governance: call('governance'),
      grant: call('grant'),
      event: call('event'),
      heartbeat: call('heartbeat'),
      heartbeatAck: call('heartbeatAck'),
      outbox: call('outbox'),
      outboxSettled: call('outboxSettled'),
      resumeToken: call('resumeToken'),
      linkChanged: call('linkChanged'),
    };
  }

  readonly logger: Logger = {
    debug: (message, fields = {}) => this.log.push({ level: 'debug', message, fields }),
    info: (message, fields = {}) => this.log.push({ level: 'info', message, fields }),
    warn: (message, fields = {}) => {
      this.log.push({ level: 'warn', message, fields });
      this.#tell();
    },
    error: (message, fields = {}) => {
      this.log.push({ level: 'error', message, fields });
      this.#tell();
    },
  };

  note(what: string): void {
    this.happened.push(what);
    this.#tell();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async linked(): Promise<void> {
    await this.until(() => this.links.at(-1) === 'linked');
  }

  async cut(): Promise<void> {
    await this.until(() => this.links.at(-1) === 'cut');
  }

  /** The first line whose reason or message is like this, waited for. */
  async logged(pattern: string | RegExp): Promise<LogLine> {
    const fits = (text: string): boolean =>
      typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text);
    const find = (): LogLine | undefined =>
      this.log.find(({ message, fields }) => fits(message) || fits(String(fields['reason'] ?? '')));
    await this.until(() => find() !== undefined);
    const line = find();
    if (line === undefined) throw new Error('unreachable');
    return line;
  }

  addEntries(count: number, bytes = 32): void {
    for (let index = 0; index < count; index += 1) {
      this.entries.push(Buffer.alloc(bytes, this.entries.length + 1));
    }
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #own(): UplinkHandlers {
    return {
      enrollRequest: () =>
        Promise.resolve({
          gatewayName: 'gw-1',
          instanceId: '11111111-1111-4111-8111-111111111111',
          vaultId: '22222222-2222-4222-8222-222222222222',
          vaultGeneration: 1n,
          sealingKeys: [
            {
              keyId: Buffer.alloc(32, 7),
              scheme: SealingScheme.SEALING_SCHEME_ECDH_P384_KW,
              spkiDer: Buffer.alloc(120, 8),
              bootEphemeral: true,
            },
          ],
          software: {
            name: 'crypto-broker',
            version: '0',
            openssl: '',
            fipsProvider: '',
            kmipVersions: ['2.1'],
          },
          capabilities: [],
          lastCore: undefined,
        }),
      enrolled: ({ generation }) => {
        this.note(`enrolled ${generation}`);
        return Promise.resolve();
      },
      hello: () =>
        Promise.resolve({
          resumeToken: this.resumeToken,
          loaded: [],
          outboxHead: this.entries.length,
          outboxAcknowledged: this.settled,
          keys: 0,
          applied: this.applied,
        }),
      governance: () => {
        this.note('governance');
        return Promise.resolve();
      },
      grant: ({ terms }) => {
        const id = Buffer.from(terms).toString();
        this.note(`grant ${id}`);
        return Promise.resolve({
          grantId: id,
          result: GrantResult.GRANT_RESULT_LOADED,
          keyCheckValue: Buffer.alloc(8, 9),
        });
      },
      event: (event) => {
        this.events.push(event);
        if (event.lane === 0 || event.lane === 1 || event.lane === 2) {
          this.applied[event.lane] = event.laneSequence;
        }
        this.note(`event ${event.lane}/${event.laneSequence}`);
        return Promise.resolve();
      },
      heartbeat: () =>
        Promise.resolve({
          applied: this.applied,
          outboxDepth: this.entries.length - this.settled,
          outboxOldestMs: 0,
          auditHead: 0,
          loaded: [],
          fips: 'off',
          rssBytes: 1,
        }),
      heartbeatAck: ({ sequence }) => {
        this.note(`heartbeatAck ${sequence}`);
      },
      outbox: (limit) => {
        const items: OutboxItem[] = this.entries
          .slice(this.settled, this.settled + limit)
          .map((entry, index) => ({ sequence: BigInt(this.settled + index + 1), entry }));
        return Promise.resolve(items);
      },
      outboxSettled: (_outcomes, acknowledged) => {
        this.settled = acknowledged;
        this.note(`settled ${acknowledged}`);
        return Promise.resolve();
      },
      resumeToken: (token) => {
        this.resumeToken = token;
        return Promise.resolve();
      },
      linkChanged: (state) => {
        this.links.push(state);
        this.note(state);
      },
    };
  }
}

/** Waits short enough for tests; the longer ones are what a test would wait for if it failed. */
const QUICK: Partial<UplinkLimits> = {
  handshakeMs: 5_000,
  handlerMs: 5_000,
  reconnectFirstMs: 10,
  reconnectLongestMs: 50,
  refusedMs: 20,
};

export interface TestLink {
  readonly core: ScriptedCore;
  readonly gateway: TestGateway;
  readonly uplink: Uplink;
  readonly directory: string;
}

/** A Core that is listening and an uplink to it that is not started yet; both end with the test. */
export async function prepare(
  options: {
    readonly address?: (core: ScriptedCore) => string | Promise<string>;
    readonly coreIdentity?: string;
    readonly credentials?: UplinkCredentials;
    readonly limits?: Partial<UplinkLimits>;
  } = {},
): Promise<TestLink> {
  const { ca: authority, core: coreDefault, gateway: gatewayDefault } = await pki();
  const directory = scratchDirectory();
  const core = new ScriptedCore();
  await core.start(authority.certificatePem, options.credentials ?? coreDefault);
  const gateway = new TestGateway();
  const tls: UplinkTls = {
    ...writeUplinkFiles(directory, authority, gatewayDefault),
    coreIdentity: options.coreIdentity ?? CORE_URI,
  };
  const uplink = createUplink({
    address: (await options.address?.(core)) ?? core.address,
    tls,
    handlers: gateway.handlers,
    clock,
    random: () => 0.5,
    logger: gateway.logger,
    limits: { ...QUICK, ...options.limits },
  });
  onTestFinished(async () => {
    await uplink.stop();
    core.stop();
  });
  return { core, gateway, uplink, directory };
}

export function delegated(
  text = 'request',
  requestId: string = randomUUID(),
): Omit<TunnelRequest, 'generation' | 'attempt'> {
  return {
    requestId,
    tenantId: 'acme',
    serviceId: 'payments',
    client: {
      chainDer: [Buffer.alloc(10, 1)],
      spiffeId: '',
      subject: 'CN=client',
      issuer: 'CN=ca',
      serial: '01',
      spkiSha256: Buffer.alloc(32, 2),
      tlsVersion: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      peerAddress: '127.0.0.1',
      authenticatedAt: undefined,
    },
    kmipMajor: 2,
    kmipMinor: 1,
    operations: ['Destroy'],
    rawRequest: Buffer.from(text),
    correlationId: '',
    traceparent: '',
    minOutboxSequence: 0n,
  };
}
