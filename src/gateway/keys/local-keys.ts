import type { ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { KeyMaterialSource } from '../../kmip/payloads/payload-codec.ts';
import type { KeyRow, KeyState, LocateQuery } from '../../vault/vault.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';

/**
 * The data keys of this Gateway, as the KMIP operations see them: wrapped under cached service keys, kept in the vault,
 * registered with the Core through the outbox. Failures are KmipFailure with the reasons of docs/kmip-coverage.md.
 */
export interface LocalKeys {
  /** What governs this client's service, from the Core's signed governance. permissionDenied when there is none. */
  policy(client: ClientIdentity): ServicePolicy;
  /**
   * Makes a key, wraps it and stores it with outbox and audit entry in one transaction; resolves when all is durable.
   * protectionStorageUnavailable `service key lease ended`; serverLimitExceeded when the offline limit or the outbox is full.
   */
  create(spec: NewKeySpec, client: ClientIdentity, call: CallFacts): Promise<LocalKey>;
  /** The key, whatever its state, with dates evaluated (a passed Activation or Deactivation Date counts). Another tenant's or service's: undefined. */
  find(uid: string, client: ClientIdentity): Promise<LocalKey | undefined>;
  /**
   * Keys of the client's service that carry the terms and that `accept` takes, in a stable order. Looks at a bounded number
   * of them: serverLimitExceeded when those do not fill what was asked for.
   */
  locate(query: KeyQuery, client: ClientIdentity): Promise<LocatedKeys>;
  /**
   * The plaintext of a key, to be written into a response. Checks the row's MAC when asked for (a row that fails is
   * quarantined and answers as generalFailure) and the service key's lease; the state is checked by the caller.
   */
  material(key: LocalKey): Promise<KeyMaterialSource>;
  /**
   * Notes a served or refused use in the audit. Entries gather in memory for a moment and are written together: a read does
   * not wait for the disk. When the disk takes nothing any more and the room is used up, this is generalFailure where the
   * policy says audit_required. Create writes its own entry, durable with the key.
   */
  audit(
    client: ClientIdentity,
    call: CallFacts,
    operation: string,
    uid: string,
    outcome: string,
  ): Promise<void>;
}

export interface NewKeySpec {
  /** Bits: 128, 192 or 256. */
  readonly length: number;
  /** The client's attributes, validated, and those the operation adds; Unique Identifier, dates, digest and state are added here. */
  readonly attributes: AttributeSet;
  /** Seconds since 1970. */
  readonly activationDate?: bigint;
}

export interface LocalKey {
  readonly row: KeyRow;
  /** Effective state: the row's, or what a passed date made of it. */
  readonly state: KeyState;
  readonly attributes: AttributeSet;
  /** It is not what was stored, or the Core refused it: nothing of it is to be served. */
  readonly quarantined: boolean;
}

export interface KeyQuery extends Pick<LocateQuery, 'terms' | 'objectType' | 'states'> {
  readonly accept: (key: LocalKey) => boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface LocatedKeys {
  readonly keys: readonly LocalKey[];
  /** All that fit, also those before the offset and beyond the limit; undefined when there are too many to look at. */
  readonly total: number | undefined;
}

/** What is known of the call beside its client. */
export interface CallFacts {
  readonly correlationId: string;
}
