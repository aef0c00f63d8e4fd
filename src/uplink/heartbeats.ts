import type { Heartbeat, HeartbeatAck } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { millisecondsOf, timestampOf } from '../uplink-wire/index.ts';
import { protocolError } from './failures.ts';
import type { UplinkClock } from './options.ts';
import type { HeartbeatFacts } from './uplink.ts';

export interface HeartbeatsOptions {
  readonly intervalMs: number;
  readonly clock: UplinkClock;
  readonly facts: () => Promise<HeartbeatFacts>;
  readonly send: (heartbeat: Heartbeat) => void;
  readonly failed: (error: unknown) => void;
}

/** More unanswered heartbeats than this, and the link was lost long ago. */
const MAX_UNANSWERED = 256;

/** Sends heartbeats and reads from their answers how far the Core's clock is from ours. */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  /** When each heartbeat that has no answer left, monotonic ms. */
  readonly #sentAt = new Map<bigint, number>();
  #sequence = 0n;
  #timer: NodeJS.Timeout | undefined;
  #gathering = false;
  #stopped = false;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.beat();
    }, this.#options.intervalMs);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** Sends one now. While the facts for the one before are still being gathered, that one will do. */
  beat(): void {
    if (this.#gathering || this.#stopped) return;
    this.#gathering = true;
    this.#options
      .facts()
      .then((facts) => {
        this.#gathering = false;
        if (!this.#stopped) this.#send(facts);
      })
      .catch((error: unknown) => {
        this.#gathering = false;
        if (!this.#stopped) this.#options.failed(error);
      });
  }

  /**
   * Takes an answer. Returns the Core's clock minus ours, ms, assuming that both ways took the same time; undefined for an
   * answer that was there before. Throws UPLINK_PROTOCOL for the answer to a heartbeat that was never sent.
   */
  answered(ack: HeartbeatAck): number | undefined {
    if (ack.sequence > this.#sequence) {
      throw protocolError('the core answered a heartbeat that was not sent');
    }
    const sentAt = this.#sentAt.get(ack.sequence);
    if (sentAt === undefined || ack.serverTime === undefined) return undefined;
    for (const sequence of this.#sentAt.keys()) {
      if (sequence <= ack.sequence) this.#sentAt.delete(sequence);
    }
    const { clock } = this.#options;
    const roundTrip = clock.monotonicMs() - sentAt;
    return millisecondsOf(ack.serverTime) + roundTrip / 2 - clock.wallMs();
  }

  #send(facts: HeartbeatFacts): void {
    const { clock, send } = this.#options;
    if (this.#sentAt.size >= MAX_UNANSWERED) return;
    this.#sequence += 1n;
    const now = clock.monotonicMs();
    this.#sentAt.set(this.#sequence, now);
    const [lane0, lane1, lane2] = facts.applied;
    send({
      sequence: this.#sequence,
      wallTime: timestampOf(clock.wallMs()),
      monotonicMs: BigInt(Math.trunc(now)),
      applied: { lane0, lane1, lane2 },
      outboxDepth: BigInt(facts.outboxDepth),
      outboxOldestMs: BigInt(Math.trunc(facts.outboxOldestMs)),
      auditHead: BigInt(facts.auditHead),
      loaded: [...facts.loaded],
      fips: facts.fips,
      rssBytes: BigInt(facts.rssBytes),
    });
  }
}
