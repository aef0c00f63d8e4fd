import type { TunnelResponse } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { Backoff } from './backoff.ts';
import { parseCoreAddress } from './core-address.ts';
import { CoreChannel, type CoreChannelOptions } from './core-channel.ts';
import { parseExpectedCore } from './core-identity.ts';
import { unreachable } from './failures.ts';
import { LinkGate } from './link-gate.ts';
import { LinkTracker } from './link-state.ts';
import { UPLINK_LOG } from './log-messages.ts';
import { DEFAULT_UPLINK_LIMITS, type UplinkLimits, type UplinkOptions } from './options.ts';
import { OutboxProgress } from './outbox-progress.ts';
import type { SessionEnd } from './session-end.ts';
import { Session } from './session.ts';
import { loadSecureContext } from './tls-files.ts';
import { Tunnel, type DelegatedRequest } from './tunnel.ts';
import type { LinkState, LinkStatus, Uplink } from './uplink.ts';

/** The longest wait a Core may ask for, ms. */
const LONGEST_WISH_MS = 10 * 60_000;

/**
 * Makes the Gateway's end of the Core Uplink; `start` begins it. The settings and the files are looked at here, so that a
 * mistake in them is met at start: throws CONFIG_INVALID, UPLINK_TLS_UNUSABLE.
 */
export function createUplink(options: UplinkOptions): Uplink {
  loadSecureContext(options.tls, options.certificatesRead);
  return new CoreUplink(options);
}

class CoreUplink implements Uplink {
  readonly #options: UplinkOptions;
  readonly #limits: UplinkLimits;
  readonly #channel: CoreChannelOptions;
  readonly #link: LinkTracker;
  readonly #gate: LinkGate;
  readonly #progress: OutboxProgress;
  readonly #tunnel: Tunnel;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #session: Session | undefined;
  #generation: bigint | undefined;
  #skew: number | undefined;
  #reconnects = 0;
  #lastError: string | undefined;
  #openedAt: number | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
    const { clock, random, logger, tls } = options;
    const limits = { ...DEFAULT_UPLINK_LIMITS, ...options.limits };
    this.#limits = limits;
    this.#channel = {
      address: parseCoreAddress(options.address),
      expected: parseExpectedCore(tls.coreIdentity),
      tls,
      limits,
      clock,
      certificatesRead: options.certificatesRead,
    };
    this.#link = new LinkTracker((state, previous) => {
      this.#linkChanged(state, previous);
    });
    this.#gate = new LinkGate(clock);
    this.#progress = new OutboxProgress(clock);
    this.#tunnel = new Tunnel({ gate: this.#gate, clock, random, logger, limits });
  }

  get status(): LinkStatus {
    return {
      state: this.#link.state,
      lastAnswerAt: this.#link.lastAnswerAt,
      clockSkewMs: this.#skew,
      generation: this.#generation,
      reconnects: this.#reconnects,
      lastError: this.#lastError,
    };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async tunnel(request: DelegatedRequest, deadline: number): Promise<TunnelResponse> {
    return await this.#tunnel.call(request, deadline);
  }

  wakeOutbox(): void {
    this.#session?.wakeOutbox();
  }

  async flushOutbox(sequence: number, deadline: number): Promise<void> {
    if (sequence <= this.#progress.acknowledged) return;
    if (this.#gate.current === undefined) throw unreachable();
    this.#session?.hurryOutbox();
    await this.#progress.reached(sequence, deadline);
  }

  requestServiceKey(tenantId: string, serviceId: string, version: number): void {
    this.#session?.requestServiceKey({ tenantId, serviceId, version });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#session?.stop();
    await this.#running;
  }

  /** One connection after the other until told to stop. */
  async #run(): Promise<void> {
    const { reconnectFirstMs, reconnectLongestMs } = this.#limits;
    const backoff = new Backoff(reconnectFirstMs, reconnectLongestMs, this.#options.random);
    while (!this.#stopping.signal.aborted) {
      const end = await this.#connectOnce();
      this.#report(end);
      if (end.kind === 'superseded' || end.kind === 'stopped') return;
      if (this.#wasStable()) backoff.reset();
      this.#openedAt = undefined;
      await this.#pause(this.#waitAfter(end, backoff));
      this.#reconnects += 1;
    }
  }

  async #connectOnce(): Promise<SessionEnd> {
    const { handlers, clock, logger } = this.#options;
    const session = new Session({
      dial: () => new CoreChannel(this.#channel),
      handlers,
      clock,
      logger,
      limits: this.#limits,
      link: this.#link,
      progress: this.#progress,
      enrolled: (generation) => {
        this.#generation = generation;
        logger.info(UPLINK_LOG.enrolled, { generation: Number(generation) });
      },
      opened: (link) => {
        this.#openedAt = clock.monotonicMs();
        this.#lastError = undefined;
        this.#gate.open(link);
      },
      skew: (milliseconds) => {
        this.#noteSkew(milliseconds);
      },
    });
    this.#session = session;
    try {
      return await session.run();
    } finally {
      this.#session = undefined;
    }
  }

  #linkChanged(state: LinkState, previous: LinkState): void {
    if (state === 'cut') {
      this.#gate.close();
      this.#progress.giveUp();
    }
    const { handlers, logger } = this.#options;
    const expected = state === 'linked' || this.#stopping.signal.aborted;
    if (expected) logger.info(UPLINK_LOG.stateChanged, { state, previous });
    else logger.warn(UPLINK_LOG.stateChanged, { state, previous });
    try {
      handlers.linkChanged(state, previous);
    } catch (error) {
      // Told in the middle of taking a connection apart, which has to go on.
      const cause = error instanceof Error ? error.message : undefined;
      logger.error(UPLINK_LOG.handlerFailed, { cause });
    }
  }

  /** Warns once each time the clocks drift apart. */
  #noteSkew(milliseconds: number): void {
    const { skewAlarmMs } = this.#limits;
    const was = Math.abs(this.#skew ?? 0) > skewAlarmMs;
    this.#skew = milliseconds;
    if (was || Math.abs(milliseconds) <= skewAlarmMs) return;
    this.#options.logger.warn(UPLINK_LOG.clockSkew, { skewMs: Math.round(milliseconds) });
  }

  #wasStable(): boolean {
    const { clock } = this.#options;
    return (
      this.#openedAt !== undefined && clock.monotonicMs() - this.#openedAt >= this.#limits.stableMs
    );
  }

  /** ms */
  #waitAfter(end: SessionEnd, backoff: Backoff): number {
    const wish = Math.min(end.retryAfterMs ?? 0, LONGEST_WISH_MS);
    // Between half and the whole: somebody has to change something first, and all Gateways need not ask at once.
    const refused = this.#limits.refusedMs * (0.5 + 0.5 * this.#options.random());
    return Math.max(wish, end.kind === 'refused' ? refused : backoff.next());
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done);
    });
  }

  /** A Core that is away for hours is one line in the log, and one more when the reason changes. */
  #report(end: SessionEnd): void {
    if (end.kind === 'stopped') return;
    const { logger } = this.#options;
    const fields = {
      reason: end.reason,
      cause: end.cause instanceof Error ? end.cause.message : undefined,
    };
    if (end.kind === 'superseded') logger.error(UPLINK_LOG.superseded, fields);
    else if (end.reason === this.#lastError) logger.debug(UPLINK_LOG.attemptFailed, fields);
    else if (end.kind === 'refused') logger.error(UPLINK_LOG.refused, fields);
    else if (this.#openedAt === undefined) logger.warn(UPLINK_LOG.attemptFailed, fields);
    else logger.warn(UPLINK_LOG.linkLost, fields);
    this.#lastError = end.reason;
  }
}
