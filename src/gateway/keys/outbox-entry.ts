import {
  Escrow,
  OutboxKind,
  type ServicePolicy,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { outboxEntryCodec, timestampOf, UPLINK_LIMITS } from '../../uplink-wire/index.ts';
import type { KeyRow, OutboxEntry } from '../../vault/index.ts';
import { clientName, type ClientIdentity } from '../identity/client-identity.ts';

export interface CreatedKey {
  readonly entryId: Uint8Array;
  readonly row: KeyRow;
  readonly client: ClientIdentity;
  readonly policy: ServicePolicy;
  /** Milliseconds since 1970, and of the monotonic clock. */
  readonly now: number;
  readonly monotonicMs: number;
  /** The link is cut. */
  readonly offline: boolean;
  /** SHA-256 of the wrapped key. */
  readonly wrappedSha256: Uint8Array;
}

/** Characters: what the Core takes at most, also when each of them has four bytes. */
const CREATOR_LENGTH = Math.floor(UPLINK_LIMITS.distinguishedName / 4);

/**
 * What the Core is told of a key that was made here. With escrow `none` the wrapped key stays here: then the Core can serve
 * it to nobody, and a lost vault is a lost key.
 */
export function outboxEntry(created: CreatedKey): OutboxEntry {
  const { entryId, row, client, policy, now } = created;
  const escrowed = policy.l4Escrow !== Escrow.ESCROW_NONE;
  const body = outboxEntryCodec.encode({
    entryId,
    kind: OutboxKind.OUTBOX_KIND_CREATED,
    uid: row.uid,
    tenantId: row.tenant,
    serviceId: row.service,
    serviceKeyId: row.serviceKeyId,
    serviceKeyVersion: row.serviceKeyVersion,
    objectType: row.objectType,
    state: row.state,
    attributes: row.attributes,
    creator: creatorOf(client),
    creatorSpkiSha256: client.spkiSha256,
    createdAt: timestampOf(now),
    monotonicMs: BigInt(Math.floor(created.monotonicMs)),
    offline: created.offline,
    wrappedSha256: created.wrappedSha256,
    wrapped: escrowed ? row.wrapped : new Uint8Array(),
    digest: row.digest,
  });
  return { entryId, uid: row.uid, body, createdAt: now };
}

/** A certificate that is known by its DNS name or mailbox may have an empty subject; the Core takes no key of nobody's. */
function creatorOf(client: ClientIdentity): string {
  const name = clientName(client).slice(0, CREATOR_LENGTH);
  return name === '' ? `spki-sha256:${Buffer.from(client.spkiSha256).toString('hex')}` : name;
}
