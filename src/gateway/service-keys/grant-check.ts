import type { CryptoProvider, SealedServiceKey } from '../../crypto/provider.ts';
import {
  GrantResult,
  SealedKey,
  SealingScheme,
  ServiceKeyState,
  type GrantTerms,
  type ServiceKeyGrant,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { grantTermsCodec, millisecondsOf, UPLINK_LIMITS } from '../../uplink-wire/index.ts';

/** What a grant says, once its signature, its addressee and its end were found right. */
export interface GrantFacts {
  readonly grantId: string;
  readonly tenantId: string;
  readonly serviceId: string;
  readonly serviceKeyId: string;
  readonly version: number;
  readonly state: GrantedState;
  /** Hexadecimal key id of the sealing key it was sealed to. */
  readonly recipient: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly notAfter: number;
  readonly leaseTtlMs: number;
  readonly maxOfflineMs: number;
  readonly epoch: bigint;
  readonly sequence: bigint;
}

/** `active` wraps and unwraps, `decrypt-only` unwraps, the others do nothing. */
export type GrantedState = 'active' | 'decrypt-only' | 'suspended' | 'compromised' | 'destroyed';

export interface CheckedGrant {
  readonly facts: GrantFacts;
  readonly sealed: SealedServiceKey;
  /** What the key was sealed with: SHA-384 of the terms. */
  readonly context: Uint8Array;
}

export interface RefusedGrant {
  /** Empty when the grant is too broken to have one. */
  readonly grantId: string;
  readonly refused: GrantResult;
}

/** Who we are and what time it is, for the check. */
export interface GrantExpectation {
  readonly clusterId: string;
  readonly gatewayId: string;
  /** SubjectPublicKeyInfo of the Core's grant key. */
  readonly grantKey: Uint8Array;
  /** Hexadecimal key ids of our sealing keys. */
  readonly recipients: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a service key is. */
const ALGORITHM = 'AES-256';
const SHA384_BYTES = 48;
/** An uncompressed point on P-384, and an AES-256 key under AES-KW. */
const POINT_BYTES = 97;
const WRAPPED_BYTES = 40;

const STATES: ReadonlyMap<number, GrantedState> = new Map([
  [ServiceKeyState.SERVICE_KEY_STATE_ACTIVE, 'active'],
  [ServiceKeyState.SERVICE_KEY_STATE_DECRYPT_ONLY, 'decrypt-only'],
  [ServiceKeyState.SERVICE_KEY_STATE_SUSPENDED, 'suspended'],
  [ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED, 'compromised'],
  [ServiceKeyState.SERVICE_KEY_STATE_DESTROYED, 'destroyed'],
]);

/**
 * Checks a grant in this order: readable, signed by the Core's grant key, made for this Gateway and one of its sealing
 * keys, of a kind that is understood, not past its end. Nothing of an unsigned grant is acted upon. Whether it is newer
 * than what came before is for the cache to say. Never throws for what the sender did.
 */
export function checkGrant(
  grant: ServiceKeyGrant,
  expected: GrantExpectation,
  provider: Pick<CryptoProvider, 'digests' | 'signingKeys'>,
): CheckedGrant | RefusedGrant {
  const terms = readTerms(grant);
  if (terms === undefined || grant.sealedKey === undefined) {
    return { grantId: '', refused: GrantResult.GRANT_RESULT_BAD_ENVELOPE };
  }
  const refuse = (refused: GrantResult): RefusedGrant => ({ grantId: terms.grantId, refused });
  const context = sha384(provider, grant.terms);
  const signed = Buffer.concat([
    context,
    sha384(provider, SealedKey.encode(grant.sealedKey).finish()),
  ]);
  if (!provider.signingKeys.verify(expected.grantKey, signed, grant.coreSignature)) {
    return refuse(GrantResult.GRANT_RESULT_BAD_SIGNATURE);
  }
  const recipient = Buffer.from(terms.recipientKeyId).toString('hex');
  if (
    terms.clusterId !== expected.clusterId ||
    terms.gatewayId !== expected.gatewayId ||
    !expected.recipients.has(recipient)
  ) {
    return refuse(GrantResult.GRANT_RESULT_NOT_FOR_US);
  }
  const facts = factsOf(terms, recipient);
  if (facts === undefined || !isEnvelope(grant.sealedKey)) {
    return refuse(GrantResult.GRANT_RESULT_BAD_ENVELOPE);
  }
  if (facts.notAfter <= expected.now) return refuse(GrantResult.GRANT_RESULT_EXPIRED);
  const { ephemeralPublic, wrappedKey } = grant.sealedKey;
  return { facts, sealed: { ephemeralPublic, wrappedKey }, context };
}

/** The terms of a grant, unchecked; undefined when they cannot be read. */
export function readTerms(grant: Pick<ServiceKeyGrant, 'terms'>): GrantTerms | undefined {
  if (grant.terms.byteLength > UPLINK_LIMITS.grantTerms) return undefined;
  try {
    return grantTermsCodec.decode(grant.terms);
  } catch {
    return undefined;
  }
}

function factsOf(terms: GrantTerms, recipient: string): GrantFacts | undefined {
  const { grantId, tenantId, serviceId, serviceKeyId, version, issuedAt, notAfter } = terms;
  const state = STATES.get(terms.state);
  if (
    state === undefined ||
    issuedAt === undefined ||
    notAfter === undefined ||
    terms.algorithm !== ALGORITHM
  ) {
    return undefined;
  }
  return {
    ...{ grantId, tenantId, serviceId, serviceKeyId, version, state, recipient },
    issuedAt: millisecondsOf(issuedAt),
    notAfter: millisecondsOf(notAfter),
    leaseTtlMs: terms.leaseTtlSeconds * 1000,
    maxOfflineMs: terms.maxOfflineSeconds * 1000,
    epoch: terms.epoch,
    sequence: terms.sequence,
  };
}

function isEnvelope({ scheme, ephemeralPublic, wrappedKey }: SealedKey): boolean {
  return (
    scheme === SealingScheme.SEALING_SCHEME_ECDH_P384_KW &&
    ephemeralPublic.byteLength === POINT_BYTES &&
    wrappedKey.byteLength === WRAPPED_BYTES
  );
}

function sha384({ digests }: Pick<CryptoProvider, 'digests'>, input: Uint8Array): Uint8Array {
  const output = new Uint8Array(SHA384_BYTES);
  digests.into('sha-384', input, output);
  return output;
}
