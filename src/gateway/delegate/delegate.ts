import type { Directive, TunnelResponse } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { encodeRequest } from '../../kmip/messages/request.ts';
import { namedVersion } from '../../kmip/messages/protocol-version.ts';
import { TtlvWriter } from '../../kmip/ttlv/writer.ts';
import type { MessageScope } from '../../kmip/engine/index.ts';
import type { KmipVersion } from '../../kmip/version.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Uplink } from '../../uplink/uplink.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';
import type { LocalKeys } from '../keys/local-keys.ts';
import type { CoreCalls } from '../observe/core-calls.ts';
import { CoreRefusal, readAnswer, type CoreAnswer } from './core-answer.ts';
import { coreUnreachable, delegateFailure, outcomeUnknown } from './delegate-failure.ts';
import { wireIdentity } from './wire-identity.ts';

export interface DelegateOptions {
  readonly uplink: Pick<Uplink, 'tunnel' | 'flushOutbox' | 'status'>;
  readonly keys: Pick<LocalKeys, 'policy'>;
  /** Does to the vault what an answer says; awaited before the answer is passed on. */
  readonly applyDirectives: (
    directives: readonly Directive[],
    client: ClientIdentity,
  ) => Promise<void>;
  /** Highest outbox sequence about this uid that the Core has not settled; 0: none. */
  readonly pendingSequence: (uid: string) => Promise<number>;
  /** Highest outbox sequence of all that the Core has not settled; 0: none. */
  readonly outboxHead: () => Promise<number>;
  /** A new UUID in lower case: the Core does what it names once. */
  readonly newRequestId: () => string;
  readonly monotonicMs: () => number;
  readonly calls: CoreCalls;
  readonly logger: Logger;
}

/** One item that the Core is asked. */
export interface DelegatedItem {
  /** Operation enumeration and the specification's name of it. */
  readonly operation: number;
  readonly name: string;
  readonly version: KmipVersion;
  /** The whole Request Payload item. */
  readonly payload: Uint8Array | ((writer: TtlvWriter) => void);
  /** What the Core must have been told of before it is asked: this object, or everything that was made here. */
  readonly after: { readonly uid: string } | 'everything' | 'nothing';
  readonly client: ClientIdentity;
  /** Of the message that the item came in. */
  readonly scope: Pick<MessageScope, 'correlationId' | 'trace'>;
  /** Monotonic milliseconds; the policy of the service may set an earlier one. */
  readonly deadline: number;
}

/** Asks the Core what a Gateway may not decide, and does to the vault what the answer says. */
export class Delegate {
  readonly #options: DelegateOptions;

  constructor(options: DelegateOptions) {
    this.#options = options;
  }

  /** The link is cut: to ask would fail at once. */
  get isCut(): boolean {
    return this.#options.uplink.status.state === 'cut';
  }

  /** The Core may not know yet what was done here to this object. */
  async isPending(uid: string): Promise<boolean> {
    return (await this.#options.pendingSequence(uid)) > 0;
  }

  /** The latest moment at which an answer of the Core is waited for. */
  deadline(client: ClientIdentity, latest: number): number {
    const { keys, monotonicMs } = this.#options;
    return Math.min(latest, monotonicMs() + keys.policy(client).tunnelTimeoutMs);
  }

  /**
   * The Core's answer, when its effects on the vault are durable. KmipFailure: generalFailure `core unreachable` when nothing
   * was sent, `outcome unknown` when what the Core did is not known here; permissionDenied, serverLimitExceeded.
   */
  async ask(item: DelegatedItem): Promise<CoreAnswer> {
    const { uplink, calls } = this.#options;
    if (this.isCut) throw coreUnreachable();
    const call = calls.begin(item.name, item.scope.trace);
    const deadline = this.deadline(item.client, item.deadline);
    const writer = new TtlvWriter();
    // Register carries a key, and Encrypt what is to be kept secret: every copy of ours is wiped.
    writer.markSecret();
    try {
      const sequence = await this.#sequenceBefore(item);
      if (sequence > 0) await uplink.flushOutbox(sequence, deadline);
      writeMessage(writer, item);
      const { major, minor } = namedVersion(item.version);
      const response = await uplink.tunnel(
        {
          requestId: this.#options.newRequestId(),
          tenantId: item.client.tenantId,
          serviceId: item.client.serviceId,
          client: wireIdentity(item.client),
          kmipMajor: major,
          kmipMinor: minor,
          operations: [item.name],
          rawRequest: writer.finish(),
          correlationId: item.scope.correlationId,
          traceparent: call.traceparent,
          minOutboxSequence: BigInt(sequence),
        },
        deadline,
      );
      call.ended();
      return await this.#accept(response, item);
    } catch (error) {
      call.ended(error);
      throw delegateFailure(error);
    } finally {
      writer.wipe();
    }
  }

  async #sequenceBefore({ after }: DelegatedItem): Promise<number> {
    const { pendingSequence, outboxHead } = this.#options;
    switch (after) {
      case 'nothing':
        return 0;
      case 'everything':
        return await outboxHead();
      default:
        return await pendingSequence(after.uid);
    }
  }

  /** Whatever goes wrong from here on, the Core has done what it was asked. */
  async #accept(
    response: TunnelResponse,
    { client, operation, name, version, scope }: DelegatedItem,
  ): Promise<CoreAnswer> {
    try {
      // What the Core has decided counts, whether or not its answer can be read.
      await this.#options.applyDirectives(response.directives, client);
      return readAnswer(response, operation, version);
    } catch (error) {
      // Nobody reads it any more, and it may hold a key.
      response.rawResponse.fill(0);
      if (error instanceof CoreRefusal) throw error;
      this.#options.logger.error('answer of the core not applied', {
        operation: name,
        tenantId: client.tenantId,
        serviceId: client.serviceId,
        correlationId: scope.correlationId,
        reason: error instanceof Error ? error.message : String(error),
      });
      throw outcomeUnknown(error);
    }
  }
}

function writeMessage(writer: TtlvWriter, { version, operation, payload }: DelegatedItem): void {
  const header = { version, hasAuthentication: false, errorContinuation: 'stop' } as const;
  encodeRequest(writer, header, [{ operation, payload }]);
}
