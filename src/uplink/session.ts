import type {
  CoreError,
  CoreFrame,
  EnrollResponse,
  Event,
  HeartbeatAck,
  OutboxAck,
  ServiceKeyGrant,
  ServiceKeyRequest,
  SignedGovernance,
  Welcome,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { OutboxResult } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { BrokerError } from '../errors/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import { CONNECT, coreErrorName, ENROLL, timestampOf, type Lane } from '../uplink-wire/index.ts';
import type { CoreChannel } from './core-channel.ts';
import { protocolError } from './failures.ts';
import type { FrameStream } from './frame-stream.ts';
import { FrameWriter } from './frame-writer.ts';
import { Heartbeats } from './heartbeats.ts';
import { Inbox, type InboxClass } from './inbox.ts';
import { LaneOrder } from './lane-order.ts';
import type { OpenLink } from './link-gate.ts';
import type { LinkTracker } from './link-state.ts';
import { UPLINK_LOG } from './log-messages.ts';
import type { UplinkClock, UplinkLimits } from './options.ts';
import { OutboxPump } from './outbox-pump.ts';
import type { OutboxProgress } from './outbox-progress.ts';
import { endOfFailure, endOfRefusal, type SessionEnd } from './session-end.ts';
import type { HelloFacts, UplinkHandlers } from './uplink.ts';
import { withinTime } from './within-time.ts';

export interface SessionOptions {
  /** Dials; throws UPLINK_TLS_UNUSABLE. */
  readonly dial: () => CoreChannel;
  readonly handlers: UplinkHandlers;
  readonly clock: UplinkClock;
  readonly logger: Logger;
  readonly limits: UplinkLimits;
  readonly link: LinkTracker;
  readonly progress: OutboxProgress;
  /** The Core has let us in, with this generation. */
  readonly enrolled: (generation: bigint) => void;
  /** Every pending restriction is applied. */
  readonly opened: (link: OpenLink) => void;
  /** The Core's clock minus ours, ms. */
  readonly skew: (milliseconds: number) => void;
}

/** What may wait to be done before the Core has to: a full window of events in both lanes, and room for the rest. */
const INBOX_ITEMS = 1024;
const INBOX_BYTES = 16 * 1024 * 1024;

/** How long the Core may keep the outbox waiting, ms. */
const HOLD_DEFAULT_MS = 1000;
const HOLD_LONGEST_MS = 60_000;

/** One connection to the Core, from dialling to its end: enrol, connect, and then frames both ways. */
export class Session {
  readonly #options: SessionOptions;
  readonly #inbox: Inbox;
  readonly #writer: FrameWriter;
  readonly #pump: OutboxPump;
  readonly #down = new AbortController();
  readonly #ended: Promise<SessionEnd>;
  #finish: (end: SessionEnd) => void = () => undefined;
  #over = false;
  #leaving = false;
  #channel: CoreChannel | undefined;
  #stream: FrameStream | undefined;
  #heartbeats: Heartbeats | undefined;
  #enrolment: EnrollResponse | undefined;
  #hello: HelloFacts | undefined;
  #waking: NodeJS.Immediate | undefined;
  #lanes: Readonly<Record<Lane, LaneOrder>> | undefined;
  #opened = false;
  #pumping = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const failed = (error: unknown): void => {
      this.#fail(error);
    };
    this.#inbox = new Inbox({
      maxItems: INBOX_ITEMS,
      maxBytes: INBOX_BYTES,
      pressure: (full) => {
        if (full) this.#stream?.pause();
        else this.#stream?.resume();
      },
      done: () => {
        this.#pump.retry();
      },
      failed,
    });
    this.#writer = new FrameWriter(async (frame) => {
      await this.#stream?.write(frame);
    }, failed);
    this.#pump = new OutboxPump({
      progress: options.progress,
      read: (limit) => this.#handled(options.handlers.outbox(limit)),
      send: (batch) => {
        this.#writer.outboxBatch(batch);
      },
      settled: (outcomes, acknowledged) =>
        this.#handled(options.handlers.outboxSettled(outcomes, acknowledged)),
      mayMove: () => this.#inbox.outboxMayMove,
      caughtUp: () => {
        this.#inbox.releaseEvents();
      },
      failed,
    });
  }

  /** Does all of it; resolves when the connection is over and everything of it is closed. Never rejects. */
  async run(): Promise<SessionEnd> {
    this.#connect().catch((error: unknown) => {
      this.#fail(error);
    });
    return await this.#ended;
  }

  /** Says goodbye, waits for the Core to hang up, though not for long, and ends. */
  async stop(): Promise<void> {
    if (this.#stream !== undefined && !this.#over) {
      const { goodbyeMs } = this.#options.limits;
      await withinTime(this.#takeLeave(this.#stream), goodbyeMs, () => new Error('late')).catch(
        () => undefined,
      );
    }
    this.#end({ kind: 'stopped', reason: 'stopped' });
  }

  async #takeLeave(stream: FrameStream): Promise<void> {
    this.#leaving = true;
    await this.#writer.goodbye('stopping');
    stream.end();
    await this.#ended;
  }

  wakeOutbox(): void {
    // In the next turn: whoever has made a key is answered before the outbox is read and sent.
    if (this.#waking !== undefined) return;
    this.#waking = setImmediate(() => {
      this.#waking = undefined;
      this.#pump.wake();
    });
  }

  hurryOutbox(): void {
    this.#pump.hurry();
  }

  requestServiceKey(request: ServiceKeyRequest): void {
    if (this.#opened) this.#writer.serviceKeyRequest(request);
  }

  // ---------------------------------------------------------------------------------------------- making the connection

  async #connect(): Promise<void> {
    const { handlers, clock, limits, progress } = this.#options;
    const deadline = clock.monotonicMs() + limits.handshakeMs;
    const request = await this.#handled(handlers.enrollRequest());
    if (this.#isOver()) return;
    const channel = this.#options.dial();
    this.#channel = channel;
    const { signal } = this.#down;
    const response = await channel.unary(ENROLL, request, { deadline, signal });
    await this.#handled(handlers.enrolled(response));
    const hello = await this.#handled(handlers.hello());
    if (this.#isOver()) return;
    this.#enrolment = response;
    this.#hello = hello;
    this.#options.enrolled(response.generation);
    progress.advance(hello.outboxAcknowledged);

    const stream = channel.connect();
    this.#stream = stream;
    this.#expectProgress();
    stream.listen({
      onMessage: (bytes) => {
        this.#receive(bytes);
      },
      onEnd: (failure) => {
        this.#end(this.#leaving ? { kind: 'stopped', reason: 'stopped' } : endOfFailure(failure));
      },
    });
    const [lane0, lane1, lane2] = hello.applied;
    this.#writer.hello({
      generation: response.generation,
      resumeToken: hello.resumeToken,
      loaded: [...hello.loaded],
      outboxHead: BigInt(hello.outboxHead),
      outboxAcknowledged: BigInt(hello.outboxAcknowledged),
      keys: BigInt(hello.keys),
      applied: { lane0, lane1, lane2 },
    });
  }

  /** Until the link is open, something must happen every so often. */
  #expectProgress(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.#fail(protocolError('the core did not go on with the connection in time'));
    }, this.#options.limits.handshakeMs);
  }

  /** Every pending restriction is applied: the Core's word counts now, and requests may be passed to it. */
  #open(): void {
    const enrolment = this.#enrolment;
    const channel = this.#channel;
    if (this.#opened || this.#over || enrolment === undefined || channel === undefined) return;
    this.#opened = true;
    const { clock, handlers, link, opened } = this.#options;
    this.#heartbeats = new Heartbeats({
      intervalMs: enrolment.heartbeatIntervalMs,
      clock,
      facts: async () => await this.#handled(handlers.heartbeat()),
      send: (heartbeat) => {
        this.#writer.heartbeat(heartbeat);
      },
      failed: (error) => {
        this.#fail(error);
      },
    });
    link.opened(enrolment, clock.monotonicMs());
    opened({ generation: enrolment.generation, channel, signal: this.#down.signal });
    this.#inbox.open();
    this.#heartbeats.start();
    this.#heartbeats.beat();
    this.#watchLink();
  }

  #watchLink(): void {
    clearTimeout(this.#watch);
    if (this.#over) return;
    const next = this.#options.link.check(this.#options.clock.monotonicMs());
    if (next === undefined) {
      this.#end({ kind: 'lost', reason: 'the core does not answer heartbeats' });
      return;
    }
    this.#watch = setTimeout(() => {
      this.#watchLink();
    }, next);
  }

  // ---------------------------------------------------------------------------------------------- what the Core says

  #receive(bytes: Uint8Array): void {
    if (this.#over) return;
    try {
      const { frame } = CONNECT.down.decode(bytes);
      if (frame === undefined) this.#options.logger.debug(UPLINK_LOG.frameIgnored);
      else this.#take(frame, bytes.byteLength);
    } catch (error) {
      this.#fail(
        error instanceof BrokerError && error.code !== 'UPLINK_PROTOCOL'
          ? protocolError(`the core sent a frame that is not valid: ${error.message}`, error)
          : error,
      );
    }
  }

  #take(frame: NonNullable<CoreFrame['frame']>, bytes: number): void {
    switch (frame.$case) {
      case 'supersede':
        this.#end({ kind: 'superseded', reason: `SUPERSEDED: ${frame.value.reason}` });
        return;
      case 'error':
        this.#takeError(frame.value);
        return;
      case 'welcome':
        this.#takeWelcome(frame.value, bytes);
        return;
      default:
        if (this.#lanes === undefined) throw protocolError('the core spoke before its welcome');
    }
    switch (frame.$case) {
      case 'event':
        this.#takeEvent(frame.value, this.#lanes, bytes);
        return;
      case 'laneFlushed':
        this.#do('restriction', bytes, () => {
          this.#open();
        });
        return;
      case 'heartbeatAck':
        this.#takeHeartbeatAck(frame.value, bytes);
        return;
      case 'serviceKeyGrant':
        this.#takeGrant(frame.value, bytes);
        return;
      case 'governance':
        this.#takeGovernance(frame.value, bytes);
        return;
      case 'outboxAck':
        this.#takeOutboxAck(frame.value, bytes);
        return;
      case 'resyncRequired':
        this.#options.logger.warn(UPLINK_LOG.resyncRequired, { reason: frame.value.reason });
        return;
    }
  }

  #takeWelcome(welcome: Welcome, bytes: number): void {
    const hello = this.#hello;
    if (this.#lanes !== undefined || hello === undefined) {
      throw protocolError('the core said welcome twice');
    }
    if (welcome.epoch !== this.#enrolment?.core?.epoch) {
      throw protocolError('the core was restarted between enrolment and connection');
    }
    const last = (lane: Lane): bigint | undefined =>
      welcome.resumeOk ? hello.applied[lane] : undefined;
    this.#lanes = {
      0: new LaneOrder(last(0)),
      1: new LaneOrder(last(1)),
      2: new LaneOrder(last(2)),
    };
    this.#expectProgress();
    if (welcome.resumeToken.byteLength > 0) {
      this.#do('grant', bytes, () =>
        this.#handled(this.#options.handlers.resumeToken(welcome.resumeToken)),
      );
    }
  }

  #takeEvent(event: Event, lanes: Readonly<Record<Lane, LaneOrder>>, bytes: number): void {
    // Checked to be one of the three when the frame was read.
    const lane = event.lane as Lane;
    const arrival = lanes[lane].arrived(event.laneSequence);
    if (arrival === 'gap') throw protocolError(`an event of lane ${lane} is missing`);
    // A restriction may be applied any number of times, and must not be missed should the Core have begun to count anew.
    // Anything else that was there before may have been overtaken since.
    const apply = arrival === 'next' || lane === 0;
    this.#do(lane === 0 ? 'restriction' : 'event', bytes, async () => {
      if (apply) await this.#handled(this.#options.handlers.event(event));
      if (this.#over) return;
      const laneSequence = lanes[lane].done(event.laneSequence);
      if (laneSequence !== undefined) {
        const appliedAt = timestampOf(this.#options.clock.wallMs());
        this.#writer.eventAck(lane, { lane, laneSequence, appliedAt });
      }
      if (!this.#opened) this.#expectProgress();
    });
  }

  #takeHeartbeatAck(ack: HeartbeatAck, bytes: number): void {
    if (this.#heartbeats === undefined) {
      throw protocolError('the core answered a heartbeat that was not sent');
    }
    const skew = this.#heartbeats.answered(ack);
    if (skew === undefined) return;
    this.#options.skew(skew);
    this.#options.link.answered(this.#options.clock.monotonicMs());
    this.#do('grant', bytes, () => {
      this.#options.handlers.heartbeatAck(ack);
      // The first answer comes after the grants that were missing: those first, then the outbox.
      this.#startPump();
    });
  }

  #startPump(): void {
    if (this.#pumping || this.#hello === undefined) return;
    this.#pumping = true;
    this.#pump.start(this.#hello.outboxHead);
  }

  #takeGrant(grant: ServiceKeyGrant, bytes: number): void {
    this.#do('grant', bytes, async () => {
      const ack = await this.#handled(this.#options.handlers.grant(grant));
      if (!this.#over) this.#writer.grantAck(ack);
    });
  }

  #takeGovernance(governance: SignedGovernance, bytes: number): void {
    this.#do('grant', bytes, () => this.#handled(this.#options.handlers.governance(governance)));
  }

  #takeOutboxAck(ack: OutboxAck, bytes: number): void {
    this.#do('outbox', bytes, async () => {
      await this.#pump.answered(ack);
      const refused = ack.outcomes.filter(
        ({ result }) =>
          result === OutboxResult.OUTBOX_RESULT_CONFLICT ||
          result === OutboxResult.OUTBOX_RESULT_REJECTED,
      );
      if (refused.length > 0) {
        this.#options.logger.warn(UPLINK_LOG.outboxRefused, {
          entries: refused.length,
          reason: refused[0]?.reason,
        });
      }
    });
  }

  /** Errors about the connection end it; errors about one thing are logged, and that thing stays undone. */
  #takeError(error: CoreError): void {
    const name = coreErrorName(error.code) ?? 'FRAME_INVALID';
    const reason = `${name}: ${error.message}`;
    const retry = error.retryAfterMs > 0 ? { retryAfterMs: error.retryAfterMs } : {};
    const ends =
      this.#lanes === undefined ||
      name === 'SUPERSEDED' ||
      name === 'GATEWAY_UNKNOWN' ||
      name === 'EPOCH_STALE' ||
      name === 'FRAME_INVALID';
    if (ends) {
      this.#end({ kind: endOfRefusal(name), reason, ...retry });
      return;
    }
    this.#options.logger.warn(UPLINK_LOG.coreError, { reason, correlationId: error.correlationId });
    if (name === 'BACKPRESSURE') {
      const wish = error.retryAfterMs > 0 ? error.retryAfterMs : HOLD_DEFAULT_MS;
      this.#pump.holdFor(Math.min(wish, HOLD_LONGEST_MS));
    }
  }

  // ---------------------------------------------------------------------------------------------- ending

  /** Puts work into the inbox. */
  #do(kind: InboxClass, bytes: number, work: () => void | Promise<void>): void {
    this.#inbox.push(kind, bytes, async () => {
      await work();
    });
  }

  /** Waits for a handler of the Gateway, but not for ever. */
  async #handled<T>(work: Promise<T>): Promise<T> {
    return await withinTime(
      work,
      this.#options.limits.handlerMs,
      () => new Error('a handler of the uplink was not done in time'),
    );
  }

  #isOver(): boolean {
    return this.#over;
  }

  #fail(error: unknown): void {
    this.#end(endOfFailure(error));
  }

  /** The first end counts. Everything is let go of before anybody is told. */
  #end(end: SessionEnd): void {
    if (this.#over) return;
    this.#over = true;
    // Whether Hello was overtaken by another process, or by an enrolment of our own that was held up on the way, an
    // enrolment alone can tell.
    const isOpenQuestion = end.kind === 'superseded' && this.#stream && this.#lanes === undefined;
    clearTimeout(this.#watch);
    this.#heartbeats?.stop();
    this.#pump.stop();
    this.#inbox.close();
    this.#options.link.closed();
    this.#down.abort();
    this.#stream?.cancel();
    this.#channel?.close();
    this.#finish(isOpenQuestion ? { ...end, kind: 'refused' } : end);
  }
}
