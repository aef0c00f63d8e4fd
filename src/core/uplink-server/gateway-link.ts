import {
  CoreErrorCode,
  Event,
  type CoreFrame,
  type GatewayFrame,
  type GrantAck,
  type Heartbeat,
  type Hello,
  type LanePosition,
  type LoadedGrant,
  type OutboxBatch,
  type ServiceKeyGrant,
  type ServiceKeyRequest,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { BrokerError } from '../../errors/index.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { LANES, timestampOf, UPLINK_LIMITS, type Lane } from '../../uplink-wire/index.ts';
import type { GrantIssuer } from '../grants/grant-issuer.ts';
import type { Governor } from '../governance/governance.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { GatewayHub, LiveLink } from './gateway-hub.ts';
import { openLane } from './lane-opening.ts';
import type { OutboxIntake } from './outbox-intake.ts';
import { UplinkRefusal } from './refusal.ts';
import { isResumable, resumeToken } from './resume-token.ts';
import type { Settlements } from './settlements.ts';
import { CORE_LOG } from '../log-messages.ts';

/** What every link works with. */
export interface LinkParts {
  readonly store: CoreStore;
  readonly hub: GatewayHub;
  readonly issuer: GrantIssuer;
  readonly governor: Governor;
  readonly intake: OutboxIntake;
  readonly settlements: Settlements;
  readonly replayRestrictions: (gatewayId: string) => void;
  readonly clusterId: string;
  readonly epoch: number;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
  readonly logger: Logger;
}

/** The stream below a link. */
export interface FrameSink {
  /** False when no more should be written before `writable` is told. */
  send(frame: CoreFrame): boolean;
  /** Ends the stream: in order, or with a refusal. */
  end(refusal?: UplinkRefusal): void;
}

/** Events that are read from the log at a time. */
const PAGE = 64;
/** Frames a Gateway may send within a second; a well-behaved one sends a few. */
const FRAMES_PER_SECOND = 2000;
/** A grant that was not acknowledged for so long is sent again. */
const GRANT_PATIENCE_MS = 15_000;
const REQUEST_INTERVAL_MS = 1000;

/**
 * One stream of one Gateway: Hello, then what is pending in lane 0 and LaneFlushed, governance and grants, then lanes 1
 * and 2; from then on events as they come. Everything that the Gateway sends is handled before the next frame is read.
 */
export class GatewayLink implements LiveLink {
  readonly #parts: LinkParts;
  readonly #sink: FrameSink;
  readonly #gatewayId: string;
  readonly #name: string;
  readonly #generation: number;
  readonly #vaultId: string;
  readonly #sent: Record<Lane, number> = { 0: 0, 1: 0, 2: 0 };
  readonly #grantsUnderWay = new Map<
    string,
    { readonly grant: LoadedGrant; readonly at: number }
  >();
  readonly #requestedAt = new Map<string, number>();
  #stage: 'hello' | 'lane0' | 'all' | 'ended' = 'hello';
  #loaded: readonly LoadedGrant[] = [];
  #governanceSent = -1;
  #writable = true;
  #window = { startedAt: 0, frames: 0 };
  lastFrameAt: number;
  outboxDepth = 0;

  /** `gateway`: as it stands in the store when the stream begins. */
  constructor(parts: LinkParts, gateway: GatewayRecord, sink: FrameSink) {
    this.#parts = parts;
    this.#sink = sink;
    this.#gatewayId = gateway.gatewayId;
    this.#name = gateway.name;
    this.#generation = gateway.generation;
    this.#vaultId = gateway.vaultId ?? '';
    this.lastFrameAt = parts.clock.monotonicMs();
  }

  /** Takes the next frame. Never throws; what cannot be answered ends the stream. */
  receive(frame: GatewayFrame): void {
    this.#guard(() => {
      this.#countFrame();
      this.#handle(frame);
    });
  }

  /** Ends the stream because of an error: told to the Gateway as far as it is its business. */
  fail(error: unknown): void {
    if (this.#stage === 'ended') return;
    const refusal = refusalOf(error);
    if (refusal.cause !== undefined) {
      this.#parts.logger.warn(CORE_LOG.streamFailed, {
        gateway: this.#name,
        reason: describe(refusal.cause),
      });
    }
    this.#sink.send({
      frame: {
        $case: 'error',
        value: {
          code: CoreErrorCode[`CORE_ERROR_CODE_${refusal.code}`],
          message: refusal.message,
          retry: refusal.code === 'BACKPRESSURE',
          retryAfterMs: 0,
          correlationId: '',
        },
      },
    });
    this.#end(refusal);
  }

  /** The stream takes more. */
  writable(): void {
    this.#writable = true;
    this.#guard(() => {
      this.#pump();
    });
  }

  /** The stream is gone. */
  closed(): void {
    this.#stage = 'ended';
    this.#parts.hub.leave(this.#gatewayId, this);
  }

  eventsLogged(): void {
    this.#guard(() => {
      this.#pump();
    });
  }

  rightsChanged(): void {
    this.#guard(() => {
      this.#sendRights();
    });
  }

  supersede(reason: string): void {
    this.#sink.send({ frame: { $case: 'supersede', value: { reason } } });
    this.#end(new UplinkRefusal('SUPERSEDED', reason));
  }

  lost(): void {
    this.#parts.logger.warn(CORE_LOG.silent, {
      gateway: this.#name,
    });
    this.#end();
  }

  stop(): void {
    this.#end();
  }

  /** A failure here is this Gateway's, and must not reach whoever caused the event. */
  #guard(work: () => void): void {
    if (this.#ended()) return;
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  #handle({ frame }: GatewayFrame): void {
    if (this.#stage === 'hello') {
      if (frame?.$case !== 'hello') throw invalid('the first frame is not hello');
      this.#begin(frame.value);
      return;
    }
    switch (frame?.$case) {
      case 'heartbeat':
        this.#heartbeat(frame.value);
        return;
      case 'eventAck': {
        const { lane, laneSequence } = frame.value;
        // Checked to be 0, 1 or 2.
        this.#acknowledge(lane as Lane, laneSequence);
        if (lane === 1) this.#sendRights();
        this.#pump();
        return;
      }
      case 'grantAck':
        this.#grantAck(frame.value);
        return;
      case 'serviceKeyRequest':
        this.#serviceKeyRequest(frame.value);
        return;
      case 'outboxBatch':
        this.#outboxBatch(frame.value);
        return;
      case 'goodbye':
        this.#parts.logger.info(CORE_LOG.goodbye, { gateway: this.#name });
        this.#end();
        return;
      case 'hello':
        throw invalid('a second hello');
      case undefined:
        // A kind of frame that a later Gateway knows.
        return;
    }
  }

  #begin(hello: Hello): void {
    const { store, hub, clock, clusterId, epoch, settlements, logger } = this.#parts;
    const gateway = this.#gateway();
    if (hello.generation !== BigInt(gateway.generation)) {
      throw new UplinkRefusal('SUPERSEDED', 'another process has enrolled since');
    }
    this.#loaded = hello.loaded;
    const continued = store.transaction(() => {
      // Whatever position a restored backup tells, what was told in answers to its Gateway it has missed.
      const isNew = (store.vaults.get(this.#vaultId)?.settled ?? -1) < 0;
      store.vaults.settle(this.#vaultId, safeNumber(hello.outboxAcknowledged));
      store.gateways.beat(this.#gatewayId, clock.now());
      // Every lane, also when the first is out of step.
      const lanes = LANES.map((lane) => openLane(store, this.#gatewayId, lane, at(hello, lane)));
      const inStep = lanes.every(Boolean) && !(isNew && hello.keys > 0n);
      // An empty vault has nothing that could come back to life.
      if (!inStep && hello.keys > 0n) this.#parts.replayRestrictions(this.#gatewayId);
      return inStep;
    });
    settlements.changed(this.#vaultId);
    for (const lane of LANES) {
      this.#sent[lane] = store.events.lane(this.#gatewayId, lane).acknowledged;
    }
    hub.join(this.#gatewayId, this);
    const resumed = continued && isResumable(hello.resumeToken, clusterId, epoch);
    this.#send({
      $case: 'welcome',
      value: {
        epoch: BigInt(epoch),
        resumeOk: resumed,
        serverTime: timestampOf(clock.now()),
        resumeToken: resumeToken(clusterId, epoch),
      },
    });
    if (!continued && hello.keys > 0n) {
      logger.warn(CORE_LOG.outOfStep, {
        gateway: this.#name,
      });
      this.#send({ $case: 'resyncRequired', value: { reason: 'event positions do not fit' } });
    }
    this.#stage = 'lane0';
    this.#pump();
  }

  /** Sends what there is to send, as long as the stream takes it: lane 0 before everything. */
  #pump(): void {
    if (this.#stage === 'hello') return;
    this.#pumpLane(0, Number.POSITIVE_INFINITY);
    if (this.#stage === 'lane0' && this.#writable) {
      this.#stage = 'all';
      this.#send({ $case: 'laneFlushed', value: { lane0: BigInt(this.#sent[0]) } });
      this.#sendRights();
    }
    if (this.#stage !== 'all') return;
    this.#pumpLane(1, UPLINK_LIMITS.eventWindow);
    this.#pumpLane(2, UPLINK_LIMITS.eventWindow);
  }

  /** `window`: events that may be under way without an acknowledgement. */
  #pumpLane(lane: Lane, window: number): void {
    const { events } = this.#parts.store;
    for (;;) {
      if (!this.#writable || this.#ended()) return;
      const { acknowledged } = events.lane(this.#gatewayId, lane);
      const room = Math.min(PAGE, acknowledged + window - this.#sent[lane]);
      const rows = room > 0 ? events.after(this.#gatewayId, lane, this.#sent[lane], room) : [];
      for (const { sequence, event } of rows) {
        this.#sent[lane] = sequence;
        this.#send({ $case: 'event', value: Event.decode(event) });
      }
      if (rows.length < PAGE) return;
    }
  }

  /** Governance when it has changed, and grants that are due. Nothing before the pending restrictions are through. */
  #sendRights(): void {
    if (this.#stage !== 'all') return;
    const { governor, issuer, clock } = this.#parts;
    const gateway = this.#gateway();
    const { version } = governor;
    if (version !== this.#governanceSent) {
      this.#governanceSent = version;
      // The first was in the answer to Enroll, but may have changed since.
      this.#send({ $case: 'governance', value: governor.signed(gateway) });
    }
    const now = clock.monotonicMs();
    const underWay = [...this.#grantsUnderWay.values()]
      .filter(({ at: since }) => now - since < GRANT_PATIENCE_MS)
      .map(({ grant }) => grant);
    for (const grant of issuer.due(gateway, this.#loaded, underWay)) {
      this.#sendGrant(grant.grant, grant.loaded);
    }
  }

  #sendGrant(grant: ServiceKeyGrant, loaded: LoadedGrant): void {
    this.#grantsUnderWay.set(nameOf(loaded), {
      grant: loaded,
      at: this.#parts.clock.monotonicMs(),
    });
    this.#send({ $case: 'serviceKeyGrant', value: grant });
  }

  #heartbeat(heartbeat: Heartbeat): void {
    const { store, issuer, governor, clock } = this.#parts;
    const gateway = this.#gateway();
    this.outboxDepth = safeNumber(heartbeat.outboxDepth);
    this.#loaded = heartbeat.loaded;
    store.transaction(() => {
      store.gateways.beat(this.#gatewayId, clock.now());
    });
    for (const lane of LANES) this.#acknowledge(lane, at(heartbeat, lane));
    this.#send({
      $case: 'heartbeatAck',
      value: {
        sequence: heartbeat.sequence,
        serverTime: timestampOf(clock.now()),
        renewed: issuer.renewable(gateway, heartbeat.loaded),
        governanceVersion: BigInt(governor.version),
      },
    });
    this.#sendRights();
    this.#pump();
  }

  #acknowledge(lane: Lane, sequence: bigint): void {
    const { store } = this.#parts;
    const { head, acknowledged } = store.events.lane(this.#gatewayId, lane);
    if (sequence > BigInt(head)) throw invalid('an event is acknowledged that there is not');
    if (sequence <= BigInt(acknowledged)) return;
    store.transaction(() => {
      store.events.acknowledge(this.#gatewayId, lane, Number(sequence));
    });
  }

  #grantAck(ack: GrantAck): void {
    const { issuer, logger } = this.#parts;
    const facts = { gateway: this.#name, grant: ack.grantId };
    const { outcome, loaded } = issuer.acknowledged(this.#gateway(), ack);
    if (loaded !== undefined) this.#grantsUnderWay.delete(nameOf(loaded));
    switch (outcome) {
      case 'loaded':
        if (loaded === undefined) return;
        // Once, however often it is said: the list lives until the next heartbeat.
        this.#loaded = [
          ...this.#loaded.filter((known) => nameOf(known) !== nameOf(loaded)),
          loaded,
        ];
        return;
      case 'refused':
        logger.warn(CORE_LOG.grantRefused, { ...facts, result: ack.result });
        return;
      case 'mismatch':
        logger.error(CORE_LOG.grantMismatch, facts);
        throw new UplinkRefusal('SERVICE_KEY_UNAVAILABLE', 'the key check value is wrong');
      case 'unknown':
        // One that was replaced in the meantime.
        return;
    }
  }

  #serviceKeyRequest({ tenantId, serviceId, version }: ServiceKeyRequest): void {
    const { issuer, clock, logger } = this.#parts;
    const now = clock.monotonicMs();
    const name = `${tenantId}/${serviceId}/${version}`;
    // Each grant costs a signature: one who keeps asking gets one a second.
    if (now - (this.#requestedAt.get(name) ?? Number.NEGATIVE_INFINITY) < REQUEST_INTERVAL_MS)
      return;
    if (this.#requestedAt.size >= UPLINK_LIMITS.grants) this.#requestedAt.clear();
    this.#requestedAt.set(name, now);
    const due =
      this.#stage === 'all'
        ? issuer.requested(this.#gateway(), { tenantId, serviceId, version })
        : undefined;
    if (due !== undefined) {
      this.#sendGrant(due.grant, due.loaded);
      return;
    }
    logger.info(CORE_LOG.grantNotAllowed, {
      gateway: this.#name,
      ...{ tenantId, serviceId, serviceKeyVersion: version },
    });
  }

  #outboxBatch({ items }: OutboxBatch): void {
    const { intake, settlements } = this.#parts;
    const ack = intake.settle(this.#gateway(), this.#vaultId, items);
    settlements.changed(this.#vaultId);
    this.#send({ $case: 'outboxAck', value: ack });
  }

  /** The Gateway as it stands now. Throws when this stream is not its stream any more. */
  #gateway(): GatewayRecord {
    const gateway = this.#parts.store.gateways.get(this.#gatewayId);
    if (gateway === undefined) throw new UplinkRefusal('GATEWAY_UNKNOWN', 'no such gateway');
    if (gateway.generation !== this.#generation) {
      throw new UplinkRefusal('SUPERSEDED', 'another process has enrolled since');
    }
    return gateway;
  }

  #countFrame(): void {
    const now = this.#parts.clock.monotonicMs();
    this.lastFrameAt = now;
    if (now - this.#window.startedAt >= 1000) this.#window = { startedAt: now, frames: 0 };
    this.#window.frames += 1;
    if (this.#window.frames > FRAMES_PER_SECOND) {
      throw new UplinkRefusal('BACKPRESSURE', 'too many frames');
    }
  }

  #send(frame: NonNullable<CoreFrame['frame']>): void {
    if (!this.#ended()) this.#writable = this.#sink.send({ frame });
  }

  // A method: the compiler does not see that sending may end the stream.
  #ended(): boolean {
    return this.#stage === 'ended';
  }

  #end(refusal?: UplinkRefusal): void {
    if (this.#ended()) return;
    this.closed();
    this.#sink.end(refusal);
  }
}

/** Position of a lane in a frame that has been checked to hold them. */
function at({ applied }: { readonly applied: LanePosition | undefined }, lane: Lane): bigint {
  return applied?.[`lane${lane}`] ?? 0n;
}

function nameOf({ serviceKeyId, version }: LoadedGrant): string {
  return `${serviceKeyId}/${version}`;
}

function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('a number is too large');
  return Number(value);
}

function invalid(reason: string): UplinkRefusal {
  return new UplinkRefusal('FRAME_INVALID', reason);
}

/** What the Gateway is told of an error. Of a fault of ours: to come again later. */
function refusalOf(error: unknown): UplinkRefusal {
  if (error instanceof UplinkRefusal) return error;
  if (error instanceof BrokerError && error.definition.status === 'INVALID_ARGUMENT') {
    return invalid(error.message);
  }
  return new UplinkRefusal('BACKPRESSURE', 'the core cannot do this now', { cause: error });
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
