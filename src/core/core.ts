import type { CryptoProvider } from '../crypto/provider.ts';
import { grpcJsTransport } from '../grpc/grpc-js-transport.ts';
import { methodNames } from '../grpc/method-name.ts';
import { ProbeHealth } from '../grpc/probe-health.ts';
import type { CallPolicy } from '../grpc/run-call.ts';
import type { Transport } from '../grpc/transport.ts';
import { openUnixListeners, type OpenedListeners } from '../grpc/unix/unix-listeners.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import type { Tracer } from '../telemetry/tracing/tracer.ts';
import { adminMethods } from './admin/method-table.ts';
import type { Administration } from './admin/administration.ts';
import { replayRestrictions } from './events/replay.ts';
import { Publisher } from './events/publisher.ts';
import type { KmipExecutor } from './executor.ts';
import { Governor } from './governance/governance.ts';
import { GrantIssuer } from './grants/grant-issuer.ts';
import { registerCore, type CoreSources } from './observe/core-samples.ts';
import { countCall, countStatus } from './observe/uplink-calls.ts';
import { KeyRing } from './sealing/key-ring.ts';
import { openRootKeys, type RootKeys } from './sealing/root-key.ts';
import type { RootSealer } from './sealing/root-sealer.ts';
import { CoreStore } from './store/core-store.ts';
import { Enrolment, type LinkTimes } from './uplink-server/enrolment.ts';
import { GatewayHub } from './uplink-server/gateway-hub.ts';
import { OutboxIntake } from './uplink-server/outbox-intake.ts';
import { Settlements } from './uplink-server/settlements.ts';
import type { UplinkTlsFiles } from './uplink-server/tls-files.ts';
import { Tunnel } from './uplink-server/tunnel.ts';
import { UplinkServer } from './uplink-server/uplink-server.ts';
import { CORE_LOG } from './log-messages.ts';

export interface CoreOptions {
  readonly provider: CryptoProvider;
  readonly sealer: RootSealer;
  readonly executor: KmipExecutor;
  readonly store: {
    /** Absolute path of the database. */
    readonly path: string;
  };
  readonly region: string;
  readonly uplink: {
    readonly host: string;
    /** 0: any free one. */
    readonly port: number;
    readonly files: UplinkTlsFiles;
    readonly times: LinkTimes;
  };
  readonly admin: {
    /** Absolute path of the administration's Unix socket. */
    readonly socket: string;
    readonly allowSharedDirectory: boolean;
  };
  /** User this process runs as. */
  readonly uid: number;
  readonly version: string;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
  /** A new random UUID. */
  readonly newId: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** Write a line for each message that Gateways pass on. */
  readonly logOperations: boolean;
  /** Told of every administrative call that has ended. Must not throw. */
  readonly observeAdmin: CallPolicy['observe'];
}

/** What is known of a Core that runs. */
export interface CoreFacts {
  readonly clusterId: string;
  readonly epoch: number;
  /** `host:port` where Gateways connect. */
  readonly uplinkAddress: string;
  readonly adminSocket: string;
  readonly tenants: number;
  readonly services: number;
  readonly keys: number;
}

/** The reference Core as a part: it owns its store, its ports and its keys, and neither the process nor its signals. */
export interface Core {
  /**
   * Opens the store, proves the root secret, takes a new epoch, and serves. Once only. Throws VAULT_* (the store),
   * ROOT_SECRET_WRONG, UPLINK_*, SOCKET_*; then nothing is left behind.
   */
  start(): Promise<void>;
  /** Waits for what is under way at most `milliseconds`, ends every link, drops the keys and closes the store. */
  stop(milliseconds: number): Promise<void>;
  /** Takes up changed certificate files at once. */
  reload(): void;
  readonly facts: CoreFacts;
  /** Whether Gateways can connect. */
  readonly isReady: boolean;
}

/** Calls one administrative connection may have open at a time, and connections. */
const ADMIN_STREAMS = 16;
const ADMIN_CONNECTIONS = 16;

/** What runs between start and stop. */
interface Running extends Omit<CoreSources, 'uplink'> {
  readonly rootKeys: RootKeys;
  readonly keyRing: KeyRing;
  readonly uplink: UplinkServer;
  readonly transport: Transport;
  readonly listeners: OpenedListeners;
  readonly health: ProbeHealth;
  readonly sweeper: NodeJS.Timeout;
  readonly clusterId: string;
  readonly epoch: number;
}

export function createCore(options: CoreOptions): Core {
  let running: Running | undefined;
  const required = (): Running => {
    if (running === undefined) throw new Error('the core does not run');
    return running;
  };
  registerCore(options.metrics, options.clock.monotonicMs, () => running);
  return {
    start: async () => {
      running = await start(options);
    },
    stop: async (milliseconds) => {
      const stopping = running;
      running = undefined;
      if (stopping !== undefined) await stop(stopping, milliseconds);
    },
    reload: () => {
      required().uplink.reload();
    },
    get isReady() {
      return running?.uplink.isServing ?? false;
    },
    get facts() {
      const { store, uplink, clusterId, epoch } = required();
      return {
        clusterId,
        epoch,
        uplinkAddress: uplink.address,
        adminSocket: options.admin.socket,
        tenants: store.tenants.count(),
        services: store.services.count(),
        keys: store.keys.count(),
      };
    },
  };
}

async function start(options: CoreOptions): Promise<Running> {
  const undo: (() => void)[] = [];
  try {
    return await build(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** `undo`: what to do, in reverse, when a later step fails. */
async function build(options: CoreOptions, undo: (() => void)[]): Promise<Running> {
  const { provider, clock, logger, metrics, tracer, logOperations, newId, region, uid } = options;
  const { now } = clock;
  const store = CoreStore.open({ path: options.store.path, uid });
  undo.push(() => {
    store.close();
  });
  const { sealer } = options;
  const rootKeys = openRootKeys({ sealer, provider, store, newId, region, now: now() });
  undo.push(() => {
    rootKeys.drop();
  });
  const { clusterId, epoch } = beginEpoch(store);
  const keyRing = new KeyRing({ provider, store, root: rootKeys.root });
  undo.push(() => {
    keyRing.dropAll();
  });
  const publisher = new Publisher({ store, now, newId, epoch });
  const { times } = options.uplink;
  const hub = new GatewayHub({ monotonicMs: clock.monotonicMs, ...times });
  publisher.observe(hub);
  const { grantKey } = rootKeys;
  const governor = new Governor({ provider, store, grantKey, clusterId, now });
  const issuer = new GrantIssuer({
    ...{ provider, store, keyRing, grantKey, clusterId, epoch, now, newId },
  });
  const settlements = new Settlements(store);
  const enrolment = new Enrolment({
    ...{ provider, store, governor, hub, grantKey, clusterId, region, epoch, times, now, logger },
  });
  const { executor } = options;
  const tunnel = new Tunnel({ store, keyRing, publisher, settlements, executor, clock, logger });
  const intake = new OutboxIntake({ provider, store, keyRing, now });
  const uplink = await UplinkServer.open({
    ...options.uplink,
    ...{ store, enrolment, tunnel, clock, logger },
    telemetry: { metrics, tracer, logger, logOperations, monotonicMs: clock.monotonicMs },
    link: {
      ...{ store, hub, issuer, governor, intake, settlements, clusterId, epoch, clock, logger },
      replayRestrictions: (gatewayId) => {
        replayRestrictions(store, publisher, gatewayId);
      },
    },
  });
  undo.push(() => {
    uplink.close();
  });
  const administration: Administration = {
    ...{ provider, store, keyRing, publisher, hub, newId, now },
    version: options.version,
    identity: () => enrolment.identity,
    uplinkAddress: () => uplink.address,
  };
  const health = new ProbeHealth([], () => uplink.isServing);
  const { transport, listeners } = await serveAdministration(options, administration, health);
  const sweeper = setInterval(() => {
    hub.sweep();
    health.refresh();
  }, times.heartbeatMs);
  sweeper.unref();
  const parts = { store, hub, rootKeys, keyRing, uplink, transport, listeners, health, sweeper };
  return { ...parts, clusterId, epoch };
}

function beginEpoch(store: CoreStore): { readonly clusterId: string; readonly epoch: number } {
  return store.transaction(() => {
    store.core.addEpochs(1);
    const record = store.core.get();
    if (record === undefined) throw new Error('the core store has no identity');
    return record;
  });
}

async function serveAdministration(
  options: CoreOptions,
  administration: Administration,
  health: ProbeHealth,
): Promise<Pick<Running, 'transport' | 'listeners'>> {
  const { admin, clock, logger, newId, metrics, observeAdmin } = options;
  const methods = [...adminMethods(administration), ...health.methods];
  const nameOf = methodNames(methods);
  const streams = new Set(methods.flatMap(({ kind, path }) => (kind === 'unary' ? [] : path)));
  const transport = grpcJsTransport({
    methods,
    policy: {
      observe: (call) => {
        const method = nameOf(call.path);
        if (streams.has(call.path)) countStatus(metrics, method, call.status);
        else countCall(metrics, { ...call, method });
        observeAdmin(call);
      },
      newIncident: newId,
      monotonicMs: clock.monotonicMs,
    },
    limits: { maxConcurrentStreams: ADMIN_STREAMS, maxConnections: ADMIN_CONNECTIONS },
    now: clock.now,
    onFault: (what, error) => {
      const reason = error instanceof Error ? error.message : what;
      logger.warn(CORE_LOG.adminConnectionFailed, { reason });
    },
  });
  const listeners = await openUnixListeners({
    paths: [admin.socket],
    allowSharedDirectory: admin.allowSharedDirectory,
    uid: options.uid,
    binder: transport,
  });
  for (const warning of listeners.warnings) logger.warn(warning);
  listeners.serve();
  return { transport, listeners };
}

async function stop(running: Running, milliseconds: number): Promise<void> {
  clearInterval(running.sweeper);
  running.health.end();
  running.listeners.close();
  await Promise.all([running.transport.drain(milliseconds), running.uplink.stop(milliseconds)]);
  running.keyRing.dropAll();
  running.rootKeys.drop();
  running.store.close();
}
