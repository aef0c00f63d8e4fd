import type { RecognisedClient } from '../client-trust/index.ts';
import type { KeyWork } from './keys/key-work.ts';

/**
 * Runs one delegated KMIP message. The uplink server has verified the client's certificate chain and found the rule that
 * fits; the executor alone looks into the message: it refuses operations that `client.operations` does not name.
 */
export interface KmipExecutor {
  /**
   * Executes and answers. Whatever the client did wrong is in the answer; a rejected promise is a fault of ours. May be
   * run again for the same call on a new `work`: it must not have effects beside `work`.
   */
  execute(call: KmipCall, work: KeyWork): Promise<KmipAnswer>;
}

export interface KmipCall {
  readonly client: VerifiedClient;
  /** A whole RequestMessage with one batch item, TTLV, at most 1 MiB. Wiped by whoever called when all is done. */
  readonly request: Uint8Array;
  /** Monotonic milliseconds at which nobody waits any more. */
  readonly deadline: number;
  readonly correlationId: string;
}

/** A client as its certificate and the tenant's rules name it; recognised by the Core itself. */
export type VerifiedClient = Pick<
  RecognisedClient,
  'tenantId' | 'serviceId' | 'operations' | 'name' | 'spkiSha256'
>;

export interface KmipAnswer {
  /** A whole ResponseMessage, TTLV. */
  readonly response: Uint8Array;
  /** The item succeeded: staged changes become durable. Otherwise they are dropped. */
  readonly succeeded: boolean;
  /**
   * The response holds key material or a client's plaintext: it is never stored, a repeated request is executed again. So
   * it must not come with changes.
   */
  readonly secret: boolean;
  /** The specification's name of the operation, for audit; empty when there is none. */
  readonly operation: string;
  /** The object it was about; empty when there is none. */
  readonly uid: string;
  /** Outcome for audit: `success`, or the failure's name. */
  readonly outcome: string;
  /** The specification's name of the Result Reason; undefined when the item succeeded. */
  readonly reason: string | undefined;
  /** Called once the response has been handed on: wipes it. */
  release(): void;
}
