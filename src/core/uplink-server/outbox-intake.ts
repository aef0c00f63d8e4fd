import { createHash } from 'node:crypto';
import type { CryptoProvider } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import {
  Escrow,
  OutboxEntry,
  OutboxKind,
  OutboxResult,
  type OutboxAck,
  type OutboxItem,
  type OutboxOutcome,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { strictDecoder } from '../../grpc/strict-decode.ts';
import { decodeCanonical } from '../../kmip/attributes/canonical.ts';
import { searchTerms } from '../../kmip/attributes/search-terms.ts';
import { UPLINK_LIMITS } from '../../uplink-wire/index.ts';
import { KEY_STATE, type CoreKey } from '../keys/core-key.ts';
import { keyHeader } from '../keys/key-header.ts';
import { withState } from '../keys/lifecycle.ts';
import { toStored } from '../keys/stored-key.ts';
import { isLost, type KeyRing } from '../sealing/key-ring.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { ServiceRecord } from '../store/services.ts';

export interface OutboxIntakeOptions {
  readonly provider: CryptoProvider;
  readonly store: CoreStore;
  readonly keyRing: KeyRing;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Why an entry is not taken: its result, and words for the Gateway's log. */
class Verdict extends Error {
  override readonly name = 'Verdict';
  readonly result: OutboxResult;

  constructor(result: OutboxResult, message: string) {
    super(message);
    this.result = result;
  }
}

const rejected = (message: string): Verdict =>
  new Verdict(OutboxResult.OUTBOX_RESULT_REJECTED, message);
const conflict = (message: string): Verdict =>
  new Verdict(OutboxResult.OUTBOX_RESULT_CONFLICT, message);

const SHA256_BYTES = 32;
const ENTRY_ID_BYTES = 16;
const PRINTABLE = /^[\x20-\x7e]+$/;
const LONGEST_CREATOR = 2048;
const SYMMETRIC_KEY = 2;

const decodeEntry = strictDecoder(OutboxEntry, {
  ...{ 3: 'string', 4: 'string', 5: 'string', 6: 'string', 11: 'string' },
  13: {},
});

/** Registers what Gateways have made by themselves. */
export class OutboxIntake {
  readonly #options: OutboxIntakeOptions;

  constructor(options: OutboxIntakeOptions) {
    this.#options = options;
  }

  /**
   * Settles a batch of a Gateway's vault in one transaction; its verdicts are on the disk when this returns. An entry that
   * came before is judged as it was then. Throws what CoreStore.transaction throws: then nothing is settled.
   */
  settle(gateway: GatewayRecord, vaultId: string, items: readonly OutboxItem[]): OutboxAck {
    const { store } = this.#options;
    return store.transaction(() => {
      const outcomes = items.map((item) => this.#settleOne(gateway, item));
      const acknowledged = items.at(-1)?.sequence ?? 0n;
      store.vaults.settle(vaultId, Number(acknowledged));
      return { outcomes, acknowledged };
    });
  }

  #settleOne(gateway: GatewayRecord, { sequence, entry }: OutboxItem): OutboxOutcome {
    try {
      return { sequence, result: this.#register(gateway, entry), reason: '' };
    } catch (error) {
      if (!(error instanceof Verdict)) throw error;
      return { sequence, result: error.result, reason: error.message };
    }
  }

  #register(gateway: GatewayRecord, bytes: Uint8Array): OutboxResult {
    const { store, now } = this.#options;
    const entry = readEntry(bytes);
    const service = this.#serviceOf(gateway, entry);
    const entrySha256 = sha256(bytes);
    if (entry.kind === OutboxKind.OUTBOX_KIND_CACHED) return this.#noteCached(entry);
    const repeated = this.#repetition(entry, entrySha256);
    if (repeated) return OutboxResult.OUTBOX_RESULT_DUPLICATE;
    const key = this.#keyOf(gateway, service, entry);
    const origin = { entryId: entry.entryId, entrySha256 };
    const inserted = store.keys.insert(storedOf(key), searchTerms(key.attributes), origin);
    if (!inserted) throw conflict('the unique identifier or the entry id is taken');
    store.audit.append({
      at: now(),
      gatewayId: gateway.gatewayId,
      actor: entry.creator,
      operation: entry.offline ? 'Create (offline)' : 'Create',
      tenantId: entry.tenantId,
      serviceId: entry.serviceId,
      uid: entry.uid,
      outcome: 'registered',
      correlationId: '',
    });
    return OutboxResult.OUTBOX_RESULT_ACCEPTED;
  }

  #serviceOf(gateway: GatewayRecord, entry: OutboxEntry): ServiceRecord {
    const { store } = this.#options;
    const { tenantId, serviceId } = entry;
    const service = store.services.get(tenantId, serviceId);
    if (service === undefined || !store.gateways.hasScope(gateway.gatewayId, tenantId, serviceId)) {
      throw rejected('outside the scopes of the gateway');
    }
    if (store.tenants.get(tenantId)?.state === 'REVOKED') throw rejected('the tenant is revoked');
    return service;
  }

  /** The Gateway has taken over a key that we gave it: nothing to register. */
  #noteCached({ uid, tenantId }: OutboxEntry): OutboxResult {
    const known = this.#options.store.keys.get(uid);
    if (known?.tenantId !== tenantId) throw rejected('there is no such key');
    return OutboxResult.OUTBOX_RESULT_DUPLICATE;
  }

  /** True when exactly this entry was accepted before. */
  #repetition(entry: OutboxEntry, entrySha256: Uint8Array): boolean {
    const { keys } = this.#options.store;
    const uidOfEntry = keys.uidOfEntry(entry.entryId);
    if (uidOfEntry !== undefined && uidOfEntry !== entry.uid) {
      throw conflict('the entry id was used for another key');
    }
    const origin = keys.originOf(entry.uid);
    if (origin === undefined) {
      if (keys.get(entry.uid) !== undefined) throw conflict('the unique identifier is taken');
      return false;
    }
    const same =
      Buffer.compare(origin.entryId, entry.entryId) === 0 &&
      Buffer.compare(origin.entrySha256, entrySha256) === 0;
    if (!same) throw conflict('the unique identifier is taken by another entry');
    return true;
  }

  #keyOf(gateway: GatewayRecord, service: ServiceRecord, entry: OutboxEntry): CoreKey {
    const { store, now } = this.#options;
    const version = store.serviceKeys.get(entry.serviceKeyId, entry.serviceKeyVersion);
    if (entry.serviceKeyId !== service.serviceKeyId || version === undefined) {
      throw rejected('the service has no such service key');
    }
    // A version that only unwraps by now was still the active one when a Gateway beyond a cut used it.
    if (isLost(version)) throw rejected('the service key is compromised or destroyed');
    const state = entry.state === KEY_STATE.active ? KEY_STATE.active : KEY_STATE.preActive;
    if (state !== entry.state) throw rejected('a new key is pre-active or active');
    const attributes = readAttributes(entry.attributes);
    return {
      uid: entry.uid,
      tenantId: entry.tenantId,
      serviceId: entry.serviceId,
      objectType: entry.objectType,
      state,
      suspendedFrom: undefined,
      revision: 1,
      serviceKeyId: entry.serviceKeyId,
      serviceKeyVersion: entry.serviceKeyVersion,
      escrow: this.#escrowOf(service, entry),
      digest: entry.digest,
      attributes: withState(attributes, state),
      gatewayId: gateway.gatewayId,
      creator: entry.creator,
      createdAt: Number(entry.createdAt?.seconds ?? BigInt(Math.floor(now() / 1000))),
      offline: entry.offline,
    };
  }

  /** Unwraps the key once, to see that it is one and the one that the Gateway says, and to bind it to its uid here. */
  #escrowOf(service: ServiceRecord, entry: OutboxEntry): CoreKey['escrow'] {
    const { store, provider, keyRing } = this.#options;
    const { wrapped } = entry;
    if (wrapped.byteLength === 0) return undefined;
    if (!sha256(wrapped).equals(entry.wrappedSha256)) {
      throw rejected('the wrapped key is not the one of its digest');
    }
    if (service.policy.l4Escrow === Escrow.ESCROW_NONE) return undefined;
    const record = store.serviceKeys.get(entry.serviceKeyId, entry.serviceKeyVersion);
    if (record === undefined) throw rejected('the service has no such service key');
    const header = keyHeader(entry);
    try {
      const adopted = provider.dataKeys.adopt(
        keyRing.forAdoption(service, record),
        wrapped,
        header,
      );
      if (Buffer.compare(adopted.digest, entry.digest) !== 0) {
        throw rejected('the key is not the one of its digest');
      }
      return { wrapped: adopted.wrapped, mac: adopted.mac };
    } catch (error) {
      const refused = error instanceof BrokerError && UNWRAP_REFUSALS.has(error.code);
      throw refused ? rejected('the wrapped key does not unwrap under its service key') : error;
    }
  }
}

const UNWRAP_REFUSALS: ReadonlySet<string> = new Set(['UNWRAP_FAILED', 'INPUT_INVALID']);

/** Throws Verdict for everything that is not well formed. */
function readEntry(bytes: Uint8Array): OutboxEntry {
  let entry: OutboxEntry;
  try {
    entry = decodeEntry(bytes);
  } catch {
    throw rejected('the entry cannot be read');
  }
  const isName = (text: string): boolean => text.length <= UPLINK_LIMITS.id && PRINTABLE.test(text);
  const seconds = entry.createdAt?.seconds ?? 0n;
  const problems: readonly [string, boolean][] = [
    ['entry_id', entry.entryId.byteLength !== ENTRY_ID_BYTES],
    ['uid', !isName(entry.uid)],
    ['service_key_id', !isName(entry.serviceKeyId)],
    ['service_key_version', entry.serviceKeyVersion < 1],
    ['kind', !KINDS.has(entry.kind)],
    ['object_type', entry.objectType !== SYMMETRIC_KEY],
    ['attributes', entry.attributes.byteLength > UPLINK_LIMITS.attributes],
    ['creator', entry.creator.length > LONGEST_CREATOR || entry.creator === ''],
    ['created_at', seconds < 0n || seconds > BigInt(Number.MAX_SAFE_INTEGER)],
    ['wrapped', entry.wrapped.byteLength > UPLINK_LIMITS.wrapped],
    ['wrapped_sha256', entry.wrappedSha256.byteLength !== SHA256_BYTES],
    ['digest', entry.digest.byteLength !== SHA256_BYTES],
  ];
  const problem = problems.find(([, isWrong]) => isWrong);
  if (problem !== undefined) throw rejected(`${problem[0]} is wrong`);
  return entry;
}

const KINDS: ReadonlySet<OutboxKind> = new Set([
  OutboxKind.OUTBOX_KIND_CREATED,
  OutboxKind.OUTBOX_KIND_CACHED,
]);

function readAttributes(bytes: Uint8Array): CoreKey['attributes'] {
  try {
    return decodeCanonical(bytes);
  } catch {
    throw rejected('attributes cannot be read');
  }
}

function storedOf(key: CoreKey): ReturnType<typeof toStored> {
  try {
    return toStored(key);
  } catch {
    throw rejected('attributes cannot be stored');
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
