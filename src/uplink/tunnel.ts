import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { BrokerError } from '../errors/index.ts';
import type { TunnelRequest, TunnelResponse } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../telemetry/logger.ts';
import { TUNNEL, UPLINK_LIMITS } from '../uplink-wire/index.ts';
import { Backoff } from './backoff.ts';
import { CallFailure } from './call-failure.ts';
import { CallSlots } from './call-slots.ts';
import { outcomeUnknown, unreachable } from './failures.ts';
import type { LinkGate } from './link-gate.ts';
import { UPLINK_LOG } from './log-messages.ts';
import type { UplinkClock, UplinkLimits } from './options.ts';

/** A request as the Gateway hands it over. */
export type DelegatedRequest = Omit<TunnelRequest, 'generation' | 'attempt'>;

export interface TunnelOptions {
  readonly gate: LinkGate;
  readonly clock: UplinkClock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly limits: UplinkLimits;
}

/** Waits between attempts of one request over a link that stands: from 50 ms to 1 s. */
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 1000;

/** Statuses by which a server says that it has not done what was asked. */
const REFUSALS: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
]);

/** A server that is killed with calls under way resets their streams, which reads as a cancellation. */
const RETRIED: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.CANCELLED]);

/** Passes delegated requests to the Core. */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #slots: CallSlots;

  constructor(options: TunnelOptions) {
    this.#options = options;
    const { tunnelCalls, tunnelCallsPerTenant } = options.limits;
    this.#slots = new CallSlots(tunnelCalls, tunnelCallsPerTenant);
  }

  /**
   * See Uplink.tunnel. A link that is cut is found out without touching the network. A request that was sent may have been
   * executed, so it is tried again with its id until it is answered or the time is up, over a new link if need be; the Core
   * gives the same answer to the same id.
   */
  async call(request: DelegatedRequest, deadline: number): Promise<TunnelResponse> {
    if (this.#options.gate.current === undefined) throw unreachable();
    if (request.rawRequest.byteLength > UPLINK_LIMITS.tunnelRequest) {
      throw new BrokerError('FIELD_TOO_LARGE', `too large (max ${UPLINK_LIMITS.tunnelRequest})`, {
        field: 'raw_request',
      });
    }
    const giveBack = this.#slots.take(request.tenantId);
    try {
      return await this.#untilAnswered(request, deadline);
    } finally {
      giveBack();
    }
  }

  async #untilAnswered(request: DelegatedRequest, deadline: number): Promise<TunnelResponse> {
    const { gate, clock, random } = this.#options;
    const backoff = new Backoff(RETRY_FIRST_MS, RETRY_LONGEST_MS, random);
    let sent = false;
    for (let attempt = 1; ; attempt += 1) {
      const link = sent ? await gate.next(deadline) : gate.current;
      if (link === undefined) throw sent ? outcomeUnknown() : unreachable();
      try {
        const { channel, generation, signal } = link;
        const message = { ...request, generation, attempt };
        return await channel.unary(TUNNEL, message, {
          deadline,
          signal,
          connected: true,
        });
      } catch (error) {
        sent ||= !(error instanceof CallFailure) || error.sent;
        this.#throwUnlessRetried(error, sent);
        const wait = Math.min(backoff.next(), deadline - clock.monotonicMs());
        // A link that went down says so itself; one that stands gets a pause.
        if (!link.signal.aborted && wait > 0) await sleep(wait);
      }
    }
  }

  /** Returns when the same request may be sent again, otherwise throws what the caller is told. */
  #throwUnlessRetried(error: unknown, sent: boolean): void {
    if (!(error instanceof CallFailure)) {
      // It answered, but not as agreed: what it did is not known.
      this.#options.logger.warn(UPLINK_LOG.answerInvalid, {
        reason: error instanceof BrokerError ? error.message : 'unexpected failure',
      });
      throw outcomeUnknown(error);
    }
    if (RETRIED.has(error.status)) return;
    if (error.refusal !== undefined || REFUSALS.has(error.status)) {
      throw new BrokerError('CORE_REFUSED', refusalText(error), { cause: error });
    }
    throw sent ? outcomeUnknown(error) : unreachable(error);
  }
}

const LONGEST_WORDS = 256;

/** The Core's words, fit for one line. */
function refusalText(failure: CallFailure): string {
  const words = failure.message.slice(0, LONGEST_WORDS).replace(/[^\x20-\x7e]/g, '?');
  return words === '' ? 'refused by the core' : `refused by the core: ${words}`;
}
