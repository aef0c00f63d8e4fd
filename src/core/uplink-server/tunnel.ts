import { createHash } from 'node:crypto';
import { createClientVerifier } from '../../client-trust/index.ts';
import { BrokerError } from '../../errors/index.ts';
import {
  TunnelOutcome,
  TunnelResponse,
  type TunnelRequest,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { timestampOf, UPLINK_LIMITS } from '../../uplink-wire/index.ts';
import { CORE_LOG } from '../log-messages.ts';
import type { Publisher } from '../events/publisher.ts';
import type { KmipAnswer, KmipExecutor, VerifiedClient } from '../executor.ts';
import { StagedWork, WorkConflict } from '../keys/staged-work.ts';
import type { TunnelCall } from '../observe/tunnel-calls.ts';
import type { KeyRing } from '../sealing/key-ring.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { ServiceRecord } from '../store/services.ts';
import { UplinkRefusal } from './refusal.ts';
import type { Settlements } from './settlements.ts';

export interface TunnelOptions {
  readonly store: CoreStore;
  readonly keyRing: KeyRing;
  readonly publisher: Publisher;
  readonly settlements: Settlements;
  readonly executor: KmipExecutor;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
  readonly logger: Logger;
}

/** How long an answer can be asked for again. */
const ANSWERS_KEPT_MS = 10 * 60_000;
const EXPIRY_INTERVAL_MS = 60_000;

/** Executions of one message when others keep changing the same keys. */
const MOST_ATTEMPTS = 5;

/** Executes delegated messages: once each, however often they are sent. */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #clients = createClientVerifier();
  readonly #underWay = new Map<string, Map<string, Promise<TunnelResponse>>>();
  #expiredAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  /**
   * Executes a message of a Gateway, or gives the answer it got before. `deadline` in monotonic milliseconds. What was done
   * is on the disk when this resolves; `call` is told what it was, unless it was done before. Rejects with UplinkRefusal,
   * BrokerError DEADLINE_EXCEEDED, or a fault of ours.
   */
  async run(
    gateway: GatewayRecord,
    request: TunnelRequest,
    deadline: number,
    call: Pick<TunnelCall, 'executed'>,
  ): Promise<TunnelResponse> {
    if (this.#stopped) throw new UplinkRefusal('BACKPRESSURE', 'the core stops');
    checkGeneration(gateway, request);
    const before = this.#answerBefore(gateway, request);
    if (before !== undefined) return before;
    const running = this.#underWay.get(gateway.gatewayId) ?? new Map<string, never>();
    const same = running.get(request.requestId);
    // Sent again while the first one is still running: both get its answer, each a copy that it may wipe.
    if (same !== undefined) {
      const answer = await same;
      const rawResponse = Uint8Array.from(answer.rawResponse);
      return { ...answer, rawResponse, outcome: TunnelOutcome.TUNNEL_OUTCOME_REPLAYED };
    }
    if (running.size >= UPLINK_LIMITS.tunnelCalls) {
      throw new UplinkRefusal('BACKPRESSURE', 'too many messages under way');
    }
    const answer = this.#execute(gateway, request, deadline, call);
    this.#underWay.set(gateway.gatewayId, running);
    running.set(request.requestId, answer);
    try {
      return await answer;
    } finally {
      running.delete(request.requestId);
      if (running.size === 0) this.#underWay.delete(gateway.gatewayId);
    }
  }

  /** Takes no message any more, and waits for those under way, at most `milliseconds`. */
  async drain(milliseconds: number): Promise<void> {
    this.#stopped = true;
    const running = [...this.#underWay.values()].flatMap((answers) => [...answers.values()]);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([Promise.allSettled(running), patience]);
    clearTimeout(timer);
  }

  #answerBefore(gateway: GatewayRecord, request: TunnelRequest): TunnelResponse | undefined {
    const { store, clock } = this.#options;
    const { gatewayId } = gateway;
    const since = clock.now() - ANSWERS_KEPT_MS;
    const answer = store.answers.get(gatewayId, request.requestId, since);
    if (answer === undefined) return undefined;
    if (!sha256(request.rawRequest).equals(answer.requestSha256)) {
      throw new UplinkRefusal('FRAME_INVALID', 'the request id was used for another message');
    }
    return {
      ...TunnelResponse.decode(answer.response),
      outcome: TunnelOutcome.TUNNEL_OUTCOME_REPLAYED,
    };
  }

  async #execute(
    gateway: GatewayRecord,
    request: TunnelRequest,
    deadline: number,
    call: Pick<TunnelCall, 'executed'>,
  ): Promise<TunnelResponse> {
    const { clock, settlements } = this.#options;
    this.#serviceFor(gateway, request);
    const settled = await settlements.reached(
      gateway.vaultId ?? '',
      request.minOutboxSequence,
      deadline - clock.monotonicMs(),
    );
    if (!settled) {
      throw new UplinkRefusal('BACKPRESSURE', 'the outbox before this message is not settled');
    }
    for (let attempt = 1; ; attempt += 1) {
      // Anew for every attempt: what has changed may be the right to be here at all.
      const service = this.#serviceFor(gateway, request);
      const client = this.#verify(request);
      if (client === undefined) {
        call.executed({ operation: '', uid: '', client: '', reason: DENIED });
        return this.#deny(gateway, request);
      }
      try {
        const { response, operation, uid, reason } = await this.#attempt(
          gateway,
          request,
          service,
          client,
          deadline,
        );
        call.executed({ operation, uid, client: client.name, reason });
        return response;
      } catch (error) {
        if (!(error instanceof WorkConflict) || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  async #attempt(
    gateway: GatewayRecord,
    request: TunnelRequest,
    service: ServiceRecord,
    client: VerifiedClient,
    deadline: number,
  ): Promise<Attempted> {
    const { store, clock, executor, keyRing, publisher } = this.#options;
    const { correlationId } = request;
    const work = new StagedWork({
      store,
      keyRing,
      publisher,
      service,
      gatewayId: gateway.gatewayId,
      actor: client.name,
      correlationId,
      now: clock.now() / 1000,
    });
    const call = { client, request: request.rawRequest, deadline, correlationId };
    const answer = await executor.execute(call, work);
    try {
      if (clock.monotonicMs() >= deadline) {
        throw new BrokerError('DEADLINE_EXCEEDED', 'the call did not end before its deadline');
      }
      const response = this.#settle(gateway, request, client, work, answer);
      const { operation, uid, reason } = answer;
      return { response, operation, uid, reason };
    } finally {
      answer.release();
    }
  }

  /** Writes changes, answer and audit in one transaction. */
  #settle(
    gateway: GatewayRecord,
    request: TunnelRequest,
    client: VerifiedClient,
    work: StagedWork,
    answer: KmipAnswer,
  ): TunnelResponse {
    const { store, clock } = this.#options;
    const commits = answer.succeeded && work.hasChanges;
    if (commits && answer.secret) {
      throw new BrokerError('INTERNAL', 'an answer that is not kept came with changes');
    }
    const now = clock.now();
    const response = store.transaction(() => {
      // The rights of a moment ago may be gone: nothing is changed any more then.
      this.#serviceFor(gateway, request);
      if (commits) work.commit();
      const sequence = store.audit.append({
        at: now,
        gatewayId: gateway.gatewayId,
        actor: client.name,
        operation: answer.operation,
        tenantId: work.tenantId,
        serviceId: work.serviceId,
        uid: answer.uid,
        outcome: answer.outcome,
        correlationId: request.correlationId,
      });
      const result: TunnelResponse = {
        // A copy: the answer is wiped, this one when it has been sent.
        rawResponse: Uint8Array.from(answer.response),
        outcome: TunnelOutcome.TUNNEL_OUTCOME_EXECUTED,
        directives: answer.succeeded ? work.directives() : [],
        coreSequence: BigInt(sequence),
        executedAt: timestampOf(now),
      };
      if (!answer.secret) this.#keep(gateway, request, result, now);
      return result;
    });
    if (commits && work.destroys) store.shred();
    return response;
  }

  #keep(gateway: GatewayRecord, request: TunnelRequest, answer: TunnelResponse, now: number): void {
    const { answers } = this.#options.store;
    if (now - this.#expiredAt >= EXPIRY_INTERVAL_MS) {
      this.#expiredAt = now;
      answers.expire(now - ANSWERS_KEPT_MS);
    }
    const requestSha256 = sha256(request.rawRequest);
    const response = TunnelResponse.encode(answer).finish();
    answers.put(gateway.gatewayId, request.requestId, { requestSha256, response }, now);
  }

  /** The service, if this Gateway may speak for it now. Throws UplinkRefusal. */
  #serviceFor(gateway: GatewayRecord, request: TunnelRequest): ServiceRecord {
    const { store } = this.#options;
    const { tenantId, serviceId } = request;
    if (store.gateways.get(gateway.gatewayId)?.state !== 'ACTIVE') {
      throw new UplinkRefusal('GATEWAY_UNKNOWN', 'this gateway was decommissioned');
    }
    const service = store.services.get(tenantId, serviceId);
    if (service === undefined || !store.gateways.hasScope(gateway.gatewayId, tenantId, serviceId)) {
      throw new UplinkRefusal('SCOPE_DENIED', 'outside the scopes of this gateway');
    }
    if (store.tenants.get(tenantId)?.state !== 'ACTIVE') {
      throw new UplinkRefusal('TENANT_REVOKED', 'the tenant is not active');
    }
    return service;
  }

  #deny(gateway: GatewayRecord, request: TunnelRequest): TunnelResponse {
    const { store, clock, logger } = this.#options;
    const now = clock.now();
    const { tenantId, serviceId, correlationId } = request;
    logger.warn(CORE_LOG.clientDenied, {
      gateway: gateway.name,
      tenantId,
      serviceId,
      correlationId,
    });
    store.transaction(() => {
      store.audit.append({
        ...{ at: now, gatewayId: gateway.gatewayId, actor: '', operation: '' },
        ...{ tenantId, serviceId, uid: '', outcome: 'client denied', correlationId },
      });
    });
    return {
      rawResponse: new Uint8Array(),
      outcome: TunnelOutcome.TUNNEL_OUTCOME_DENIED,
      directives: [],
      coreSequence: 0n,
      executedAt: timestampOf(now),
    };
  }

  /** The client as we see it; undefined when it may not speak for the service that the Gateway named. */
  #verify(request: TunnelRequest): VerifiedClient | undefined {
    const { store, clock } = this.#options;
    const { tenantId, serviceId } = request;
    const trust = store.tenants.get(tenantId)?.trust;
    if (trust === undefined) return undefined;
    const client = this.#clients.verify(request.client?.chainDer ?? [], trust, clock.now());
    if ('refused' in client) return undefined;
    return client.tenantId === tenantId && client.serviceId === serviceId ? client : undefined;
  }
}

/** An answer, and what of it counts. */
interface Attempted extends Pick<KmipAnswer, 'operation' | 'uid' | 'reason'> {
  readonly response: TunnelResponse;
}

/** What KMIP calls it that a client may not do what it asked for. */
const DENIED = 'Permission Denied';

function checkGeneration(gateway: GatewayRecord, { generation }: TunnelRequest): void {
  if (generation === BigInt(gateway.generation)) return;
  throw new UplinkRefusal('SUPERSEDED', 'another process has enrolled since');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
