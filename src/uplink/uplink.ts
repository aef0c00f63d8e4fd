import type {
  EnrollRequest,
  EnrollResponse,
  Event,
  GrantAck,
  HeartbeatAck,
  LoadedGrant,
  OutboxItem,
  OutboxOutcome,
  ServiceKeyGrant,
  SignedGovernance,
  TunnelRequest,
  TunnelResponse,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';

/**
 * linked: heartbeats are answered. stale: no answer for `stale_after`, nothing decided yet. cut: no answer for `lost_after`,
 * or the connection is gone, or it is new and not every pending restriction is applied yet; control operations fail at once.
 */
export type LinkState = 'linked' | 'stale' | 'cut';

/** The Gateway's end of the Core Uplink. It dials, enrols, connects, and does so again for as long as it runs. */
export interface Uplink {
  /** Starts dialling; resolves at once. Everything that happens reaches the `UplinkHandlers`. */
  start(): void;
  readonly status: LinkStatus;
  /**
   * Sends one delegated message. Retries UNAVAILABLE with the same request id until `deadline` (monotonic ms). Rejects with
   * BrokerError: CORE_UNREACHABLE when nothing was sent (or the link is cut), CORE_OUTCOME_UNKNOWN when it was sent and not
   * answered, CORE_REFUSED with the Core's words, UPLINK_BUSY and FIELD_TOO_LARGE before anything was sent. The bytes of the
   * request and of the response are the caller's to wipe.
   */
  tunnel(
    request: Omit<TunnelRequest, 'generation' | 'attempt'>,
    deadline: number,
  ): Promise<TunnelResponse>;
  /** There are new outbox entries. */
  wakeOutbox(): void;
  /**
   * Resolves when every outbox entry up to `sequence` is acknowledged; rejects with CORE_UNREACHABLE at `deadline`, and at
   * once when the link is cut.
   */
  flushOutbox(sequence: number, deadline: number): Promise<void>;
  /**
   * Asks for a grant that did not come by itself. While the link is cut it asks for nothing: the next one begins with every
   * grant that is missing.
   */
  requestServiceKey(tenantId: string, serviceId: string, version: number): void;
  stop(): Promise<void>;
}

export interface LinkStatus {
  readonly state: LinkState;
  /** Monotonic ms of the last answer of the Core; undefined: none since the start. */
  readonly lastAnswerAt: number | undefined;
  /** Wall clock of the Core minus ours, ms, at the last answer. */
  readonly clockSkewMs: number | undefined;
  readonly generation: bigint | undefined;
  readonly reconnects: number;
  /** Why the last attempt ended, safe to show. */
  readonly lastError: string | undefined;
}

/** What the Gateway does with what comes. Each is awaited before the next thing of its kind. */
export interface UplinkHandlers {
  /** The request to enrol with, but for what the uplink knows itself. Called for every attempt. */
  enrollRequest(): Promise<EnrollRequest>;
  /** A rejected promise (signature wrong, an epoch that went back …) ends this attempt. */
  enrolled(response: EnrollResponse): Promise<void>;
  hello(): Promise<HelloFacts>;
  governance(governance: SignedGovernance): Promise<void>;
  grant(grant: ServiceKeyGrant): Promise<GrantAck>;
  /**
   * Resolves when the event is applied and durable: the acknowledgement follows at once. Events of lane 0 come one after the
   * other and beside everything else, and may come again: applying one twice must do no harm. Events of lanes 1 and 2 come
   * once each, in the order of their lane; but one that was made before a restriction of lane 0 may come after it.
   */
  event(event: Event): Promise<void>;
  heartbeat(): Promise<HeartbeatFacts>;
  heartbeatAck(ack: HeartbeatAck): void;
  /** The next outbox entries, oldest first, at most so many. */
  outbox(limit: number): Promise<readonly OutboxItem[]>;
  /** The Core's verdicts; resolves when they are durable. */
  outboxSettled(outcomes: readonly OutboxOutcome[], acknowledged: number): Promise<void>;
  resumeToken(token: Uint8Array): Promise<void>;
  /** The link went from one state to another. Must not throw. */
  linkChanged(state: LinkState, previous: LinkState): void;
}

export interface HelloFacts {
  readonly resumeToken: Uint8Array;
  readonly loaded: readonly LoadedGrant[];
  readonly outboxHead: number;
  readonly outboxAcknowledged: number;
  readonly keys: number;
  /** Last event applied in lanes 0, 1, 2. */
  readonly applied: readonly [bigint, bigint, bigint];
}

export interface HeartbeatFacts {
  readonly applied: readonly [bigint, bigint, bigint];
  readonly outboxDepth: number;
  readonly outboxOldestMs: number;
  readonly auditHead: number;
  readonly loaded: readonly LoadedGrant[];
  readonly fips: string;
  readonly rssBytes: number;
}
