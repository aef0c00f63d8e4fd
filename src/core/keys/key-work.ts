import type { ServiceKey, WrappedDataKey } from '../../crypto/provider.ts';
import type { ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { CoreKey, EscrowedKey, KeyState } from './core-key.ts';
import type { KeyTransition } from './lifecycle.ts';

/**
 * The keys of one service, for the time of one delegated message. Reads see what was changed before; changes are staged
 * and become durable together with the answer, in one transaction, when the executor has returned success; when it has
 * not, nothing of them stays. What other Gateways must learn (events) and what the asking one must do to its vault
 * (directives) follows from the changes by itself.
 *
 * When somebody else has changed one of the keys in the meantime, the whole execution is run again on a new work.
 */
export interface KeyWork {
  readonly tenantId: string;
  readonly serviceId: string;
  readonly policy: ServicePolicy;
  /** Seconds since 1970: the time of everything that this message does. */
  readonly now: number;
  /** A key of this service, whatever its state. Another service's or tenant's is undefined. */
  get(uid: string): CoreKey | undefined;
  /** Keys of this service in the order in which the Core learned of them. Staged changes are not looked into. */
  locate(query: CoreKeyQuery): LocatedCoreKeys;
  /** A new key; the asking Gateway's vault gets it too when it is escrowed. Throws CORE_KEY_EXISTS when the uid is taken (by any tenant), FIELD_TOO_LARGE when an attribute is too big. */
  insert(key: NewCoreKey): CoreKey;
  /** New attributes for a key; State among them is ignored. Throws CORE_KEY_UNKNOWN. */
  setAttributes(uid: string, attributes: AttributeSet): CoreKey;
  /** A change of state with all that goes with it (dates, reason, wiping). Throws KEY_STATE_REFUSED, CORE_KEY_UNKNOWN. */
  transition(uid: string, transition: KeyTransition): CoreKey;
  /** Puts the wrapped key into the asking Gateway's vault, so that the next Get is local. Nothing without escrow, or when policy is against it. */
  cacheAtGateway(uid: string): void;
  /** The service key that new keys are wrapped under. Throws SERVICE_KEY_UNAVAILABLE. */
  activeServiceKey(): ActiveServiceKey;
  /** What the provider's data key functions need to use an escrowed key. Throws SERVICE_KEY_UNAVAILABLE, KEY_NOT_ESCROWED. */
  open(key: CoreKey): OpenedKey;
}

export interface NewCoreKey {
  readonly uid: string;
  readonly objectType: number;
  readonly state: KeyState;
  readonly serviceKeyId: string;
  readonly serviceKeyVersion: number;
  /** Undefined for objects of a service without escrow. */
  readonly escrow: EscrowedKey | undefined;
  readonly digest: Uint8Array | undefined;
  /** Unique Identifier, dates, digest and so on are the caller's; State is set here. */
  readonly attributes: AttributeSet;
}

export interface CoreKeyQuery {
  /** What `searchTerms` of src/kmip/attributes makes; all of them must fit. */
  readonly terms: readonly { readonly name: string; readonly value: string }[];
  readonly objectType?: number;
  /** Looked at after the terms. */
  readonly accept: (key: CoreKey) => boolean;
  readonly offset: number;
  /** At most 1000. */
  readonly limit: number;
}

export interface LocatedCoreKeys {
  readonly keys: readonly CoreKey[];
  /** All that fit, also those before the offset and beyond the limit. */
  readonly total: number;
}

export interface ActiveServiceKey {
  readonly serviceKeyId: string;
  readonly version: number;
  /** Not to be dropped by whoever asked, and not to be kept. */
  readonly key: ServiceKey;
  /** The header to wrap a new key with: `dataKeys.wrap(key, bytes, headerOf(uid, objectType))`. */
  readonly headerOf: (uid: string, objectType: number) => Uint8Array;
}

/** Arguments for `DataKeys.read`, `encrypt` and `decrypt`. */
export interface OpenedKey {
  readonly key: ServiceKey;
  readonly row: WrappedDataKey;
  readonly header: Uint8Array;
}
