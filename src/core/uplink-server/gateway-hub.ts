import type { GatewayObserver } from '../events/publisher.ts';

/** One live stream of a Gateway, as the rest of the Core sees it. */
export interface LiveLink extends GatewayObserver {
  /** Monotonic milliseconds of the last frame. */
  readonly lastFrameAt: number;
  /** Entries that wait in its outbox, as it said last. */
  readonly outboxDepth: number;
  /** Ends it for good: another one has taken its place. */
  supersede(reason: string): void;
  /** Ends it because nothing came for too long. */
  lost(): void;
  /** Ends it without a reason that would keep the Gateway from coming again. */
  stop(): void;
}

/** The live streams, at most one a Gateway. */
export class GatewayHub implements GatewayObserver {
  readonly #links = new Map<string, LiveLink>();
  readonly #monotonicMs: () => number;
  readonly #lostMs: number;
  readonly #heartbeatMs: number;

  constructor(options: {
    readonly monotonicMs: () => number;
    readonly heartbeatMs: number;
    readonly lostMs: number;
  }) {
    this.#monotonicMs = options.monotonicMs;
    this.#heartbeatMs = options.heartbeatMs;
    this.#lostMs = options.lostMs;
  }

  /** Milliseconds after its last heartbeat for which a Gateway may still be sent something. */
  get patienceMs(): number {
    // Silent streams are looked for once a heartbeat.
    return this.#lostMs + this.#heartbeatMs;
  }

  /** In the place of the one before, which is superseded. */
  join(gatewayId: string, link: LiveLink): void {
    this.supersede(gatewayId, 'another stream of this gateway');
    this.#links.set(gatewayId, link);
  }

  leave(gatewayId: string, link: LiveLink): void {
    if (this.#links.get(gatewayId) === link) this.#links.delete(gatewayId);
  }

  supersede(gatewayId: string, reason: string): void {
    const link = this.#links.get(gatewayId);
    if (link === undefined) return;
    this.#links.delete(gatewayId);
    link.supersede(reason);
  }

  /** Ends a stream that is not needed any more, without a word. */
  end(gatewayId: string): void {
    const link = this.#links.get(gatewayId);
    this.#links.delete(gatewayId);
    link?.stop();
  }

  link(gatewayId: string): LiveLink | undefined {
    return this.#links.get(gatewayId);
  }

  /** True when the Gateway has spoken in the last two heartbeats. */
  isAlive(gatewayId: string): boolean {
    const link = this.#links.get(gatewayId);
    return link !== undefined && this.#silence(link) < 2 * this.#heartbeatMs;
  }

  eventsLogged(gatewayId: string): void {
    this.#links.get(gatewayId)?.eventsLogged(gatewayId);
  }

  rightsChanged(gatewayId: string): void {
    this.#links.get(gatewayId)?.rightsChanged(gatewayId);
  }

  /** Ends streams that were silent for too long. To be called about once a heartbeat. */
  sweep(): void {
    for (const [gatewayId, link] of this.#links) {
      if (this.#silence(link) < this.#lostMs) continue;
      this.#links.delete(gatewayId);
      link.lost();
    }
  }

  stopAll(): void {
    for (const link of this.#links.values()) link.stop();
    this.#links.clear();
  }

  #silence(link: LiveLink): number {
    return this.#monotonicMs() - link.lastFrameAt;
  }
}
