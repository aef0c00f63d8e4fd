import { setImmediate } from 'node:timers/promises';
import type { CryptoProvider } from '../../crypto/provider.ts';
import { BrokerError, type ErrorCode } from '../../errors/index.ts';
import type { ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { searchTerms } from '../../kmip/attributes/search-terms.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { KeyMaterialSource } from '../../kmip/payloads/payload-codec.ts';
import { CRYPTOGRAPHIC_ALGORITHM, OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import { UPLINK_LIMITS } from '../../uplink-wire/index.ts';
import {
  newInnerId,
  VAULT_LIMITS,
  type AuditEntry,
  type KeyRow,
  type KeyState,
  type SearchTerm,
  type Vault,
} from '../../vault/index.ts';
import type { GatewayClock } from '../clock.ts';
import type { TenantBlocks } from '../governance/tenant-blocks.ts';
import { clientName, type ClientIdentity } from '../identity/client-identity.ts';
import type { UsableServiceKey } from '../service-keys/service-key-cache.ts';
import { bounded, type AuditTrail } from './audit-trail.ts';
import type { CreateAdmission } from './create-admission.ts';
import { isTampered, type KeyEngine, type ServiceKeySource } from './key-engine.ts';
import { forClient, keyQuarantined, notServed, serviceKeyUnusable } from './key-failures.ts';
import { isDestroyed, KEY_STATE } from './key-state.ts';
import type {
  CallFacts,
  KeyQuery,
  LocalKey,
  LocalKeys,
  LocatedKeys,
  NewKeySpec,
} from './local-keys.ts';
import { newUid, type UidForm } from './new-uid.ts';
import { attributesOfNewKey } from './new-key-attributes.ts';
import { outboxEntry } from './outbox-entry.ts';
import type { PendingRestrictions } from './pending-restrictions.ts';
import type { Quarantine } from './quarantine.ts';
import type { RowBinder } from './row-binder.ts';
import { searchable, StoredKey, storedForm } from './stored-key.ts';

export interface StoredKeysOptions {
  readonly vault: Vault;
  readonly engine: KeyEngine;
  readonly digests: CryptoProvider['digests'];
  readonly serviceKeys: ServiceKeySource;
  readonly policyOf: (tenantId: string, serviceId: string) => ServicePolicy | undefined;
  readonly blocks: TenantBlocks;
  readonly restrictions: PendingRestrictions;
  readonly quarantine: Quarantine;
  readonly binder: RowBinder;
  readonly admission: CreateAdmission;
  readonly audit: AuditTrail;
  readonly clock: GatewayClock;
  readonly random: (bytes: number) => Uint8Array;
  readonly uidForm: UidForm;
  /** There is something new in the outbox. */
  readonly onOutbox: () => void;
}

/** A random uid that is taken can only be a fault; a second try tells. */
const UID_ATTEMPTS = 2;
const SHA256_BYTES = 32;

/** Pages of the vault that one search looks at: a second of work, in steps between which others are served. */
const MOST_PAGES = 100;

/** `LocalKeys` over the vault and the crypto core. */
export class StoredKeys implements LocalKeys {
  readonly #options: StoredKeysOptions;
  /** Names that are being given to new keys, where names must be unique. */
  readonly #namesBeingGiven = new Set<string>();

  constructor(options: StoredKeysOptions) {
    this.#options = options;
  }

  policy({ tenantId, serviceId }: ClientIdentity): ServicePolicy {
    const { blocks, policyOf } = this.#options;
    if (blocks.isBlocked(tenantId)) {
      throw notServed(blocks.decommissioned ? 'decommissioned' : blocks.blockOf(tenantId));
    }
    const policy = policyOf(tenantId, serviceId);
    if (policy === undefined) throw notServed(undefined);
    return policy;
  }

  async create(spec: NewKeySpec, client: ClientIdentity, call: CallFacts): Promise<LocalKey> {
    const policy = this.policy(client);
    const releaseNames = await this.#reserveNames(spec, client, policy);
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#createOnce(spec, client, call, policy);
        } catch (error) {
          if (attempt >= UID_ATTEMPTS || !hasCode(error, 'VAULT_UID_TAKEN')) throw error;
        }
      }
    } catch (error) {
      throw forClient(error);
    } finally {
      releaseNames();
    }
  }

  async find(uid: string, client: ClientIdentity): Promise<LocalKey | undefined> {
    this.policy(client);
    // Longer than any that was given out; the vault is asked for sensible ones alone.
    if (uid === '' || uid.length > VAULT_LIMITS.text) return undefined;
    try {
      const row = await this.#options.vault.get(client.tenantId, uid);
      if (row?.service !== client.serviceId) return undefined;
      const key = this.#present(row);
      return key instanceof Promise ? await key : key;
    } catch (error) {
      throw forClient(error);
    }
  }

  async locate(query: KeyQuery, client: ClientIdentity): Promise<LocatedKeys> {
    this.policy(client);
    const end = query.offset + query.limit;
    const keys: LocalKey[] = [];
    let total = 0;
    let after: Uint8Array | undefined;
    try {
      for (let pages = 1; ; pages += 1) {
        const page = await this.#options.vault.locate({
          tenant: client.tenantId,
          service: client.serviceId,
          terms: query.terms,
          ...(query.objectType !== undefined && { objectType: query.objectType }),
          ...(query.states !== undefined && { states: storedStatesFor(query.states) }),
          ...(after && { after }),
          limit: VAULT_LIMITS.page,
        });
        for (const row of page.rows) {
          if (!this.#fits(row, query)) continue;
          // Only what is answered is checked: a row is checked again before anything is done with it.
          const answered = total >= query.offset && total < end;
          const key = answered ? await this.#present(row) : undefined;
          if (key?.quarantined === true) continue;
          total += 1;
          if (key !== undefined) keys.push(key);
        }
        if (!page.more) return { keys, total };
        if (pages >= MOST_PAGES) {
          if (total < end) throw tooManyToSearch();
          return { keys, total: undefined };
        }
        after = page.next;
        // A long search must not keep others waiting.
        await setImmediate();
      }
    } catch (error) {
      throw forClient(error);
    }
  }

  async material(key: LocalKey): Promise<KeyMaterialSource> {
    try {
      const bound = this.#boundRow(key);
      const row = bound instanceof Promise ? await bound : bound;
      const length = lengthFromAttributes(key) ?? this.#measure(row);
      return {
        length,
        writeTo: (target, offset) => {
          this.#write(row, target.subarray(offset, offset + length));
        },
      };
    } catch (error) {
      throw forClient(error);
    }
  }

  audit(
    client: ClientIdentity,
    call: CallFacts,
    operation: string,
    uid: string,
    outcome: string,
  ): Promise<void> {
    const { audit, clock, policyOf } = this.#options;
    const required = policyOf(client.tenantId, client.serviceId)?.auditRequired ?? true;
    return new Promise((resolve) => {
      const entry = auditEntry(clock.now(), client, call, operation, uid, outcome);
      audit.note(entry, required);
      resolve();
    });
  }

  async #createOnce(
    spec: NewKeySpec,
    client: ClientIdentity,
    call: CallFacts,
    policy: ServicePolicy,
  ): Promise<LocalKey> {
    const { vault, admission, clock, random, onOutbox } = this.#options;
    const under = this.#usable(
      this.#options.serviceKeys.wrapping(client.tenantId, client.serviceId),
    );
    const admitted = admission.admit(policy);
    const now = clock.now();
    try {
      const { row, attributes } = this.#newRow(spec, client, policy, under, now);
      const entry = outboxEntry({
        ...{ entryId: newInnerId(now, random), row, client, policy, now },
        monotonicMs: clock.monotonicMs(),
        offline: admitted.offline,
        wrappedSha256: this.#sha256(row.wrapped),
      });
      await vault.commit({
        insert: [searchable(row, attributes)],
        outbox: [entry],
        audit: [bounded(auditEntry(now, client, call, 'Create', row.uid, 'success'))],
        states: admitted.states,
      });
      onOutbox();
      return new StoredKey(row, now);
    } catch (error) {
      admitted.failed();
      throw error;
    }
  }

  #newRow(
    spec: NewKeySpec,
    client: ClientIdentity,
    policy: ServicePolicy,
    under: UsableServiceKey,
    now: number,
  ): { readonly row: KeyRow; readonly attributes: AttributeSet } {
    const { engine, random, uidForm } = this.#options;
    const uid = newUid(uidForm, client.tenantId, random);
    const facts = { uid, now, activateOnCreate: policy.activateOnCreate };
    const { attributes, state } = attributesOfNewKey(spec, facts);
    const stored = storedForm(attributes);
    if (stored.length > UPLINK_LIMITS.attributes) {
      throw new KmipFailure('invalidAttributeValue', 'the attributes are too large');
    }
    const row = engine.create(
      {
        ...{ id: newInnerId(now, random), uid, state, objectType: OBJECT_TYPE.symmetricKey },
        ...{ tenant: client.tenantId, service: client.serviceId },
        attributes: stored,
        createdAt: Math.floor(now / 1000),
      },
      spec.length,
      under,
    );
    return { row, attributes };
  }

  /** The row as a key, checked against its MAC wherever its service key is at hand. */
  #present(row: KeyRow): StoredKey | Promise<StoredKey> {
    const { quarantine, serviceKeys } = this.#options;
    const checkable = !quarantine.holds(row) && !isDestroyed(row.state);
    const under = checkable ? serviceKeys.reading(row) : undefined;
    if (under?.usable !== true) return this.#presented(row, row);
    const checked = this.#checked(row, under);
    // Hardly ever is there anything to wait for.
    return checked instanceof Promise
      ? checked.then((result) => this.#presented(row, result))
      : this.#presented(row, checked);
  }

  #presented(row: KeyRow, checked: KeyRow | undefined): StoredKey {
    const { clock, quarantine, restrictions } = this.#options;
    return new StoredKey(checked ?? row, clock.now(), {
      state: restrictions.of(row),
      quarantined: checked === undefined || quarantine.holds(checked),
    });
  }

  /** The row when it is what was stored, bound by now if it was waiting for that; undefined when it is not. */
  #checked(row: KeyRow, under: UsableServiceKey): KeyRow | Promise<KeyRow | undefined> {
    const { engine, quarantine } = this.#options;
    if (row.mac.length === 0) return this.#boundByNow(row);
    try {
      engine.verify(row, under);
      return row;
    } catch (error) {
      if (!isTampered(error)) throw error;
      return quarantine.add(row, 'its MAC does not fit').then(() => undefined);
    }
  }

  async #boundByNow(row: KeyRow): Promise<KeyRow | undefined> {
    const { binder, vault } = this.#options;
    return (await binder.bind(row)) ?? (await vault.get(row.tenant, row.uid));
  }

  /** The key's row, fit to be read. */
  #boundRow(key: LocalKey): KeyRow | Promise<KeyRow> {
    const { binder, quarantine, serviceKeys } = this.#options;
    if (key.quarantined || quarantine.holds(key.row)) throw keyQuarantined();
    this.#usable(serviceKeys.reading(key.row));
    if (key.row.mac.length > 0) return key.row;
    return binder.bind(key.row).then((bound) => {
      if (bound === undefined) throw keyQuarantined();
      return bound;
    });
  }

  /** Unwraps into exactly this room. */
  #write(row: KeyRow, room: Uint8Array): void {
    const { blocks, engine, quarantine, restrictions, serviceKeys } = this.#options;
    // All of this may have changed since the operation looked.
    const pending = restrictions.of(row);
    if (pending !== undefined && isWithheld(pending)) throw withheld(pending);
    if (blocks.isBlocked(row.tenant)) throw notServed(blocks.blockOf(row.tenant));
    if (quarantine.holds(row)) throw keyQuarantined();
    const under = this.#usable(serviceKeys.reading(row));
    try {
      const written = engine.read(row, under, room, 0);
      if (written !== room.length) throw keyQuarantined();
    } catch (error) {
      room.fill(0);
      if (!isTampered(error)) throw forClient(error);
      quarantine.addSoon(row, 'its MAC does not fit');
      throw keyQuarantined();
    }
  }

  /** Length in bytes of a key whose attributes do not say: by unwrapping it once. */
  #measure(row: KeyRow): number {
    const { engine, quarantine, serviceKeys } = this.#options;
    const under = this.#usable(serviceKeys.reading(row));
    const scratch = Buffer.alloc(row.wrapped.length);
    try {
      return engine.read(row, under, scratch, 0);
    } catch (error) {
      if (!isTampered(error)) throw error;
      quarantine.addSoon(row, 'its MAC does not fit');
      throw keyQuarantined();
    } finally {
      scratch.fill(0);
    }
  }

  #usable(under: ReturnType<ServiceKeySource['reading']>): UsableServiceKey {
    if (!under.usable) throw serviceKeyUnusable(under);
    return under;
  }

  #fits(row: KeyRow, query: KeyQuery): boolean {
    const { clock, quarantine, restrictions } = this.#options;
    if (quarantine.holds(row)) return false;
    const key = new StoredKey(row, clock.now(), { state: restrictions.of(row) });
    if (query.states !== undefined && !query.states.includes(key.state)) return false;
    return query.accept(key);
  }

  /** Where the policy wants unique names: refuses one that is taken, and keeps it until the key is stored. */
  async #reserveNames(
    spec: NewKeySpec,
    client: ClientIdentity,
    policy: ServicePolicy,
  ): Promise<() => void> {
    if (!policy.uniqueNames) return () => undefined;
    const { tenantId, serviceId } = client;
    const terms = nameTerms(spec.attributes);
    const names = terms.map(({ value }) => `${tenantId}\0${serviceId}\0${value}`);
    if (names.some((name) => this.#namesBeingGiven.has(name))) throw nameTaken();
    for (const name of names) this.#namesBeingGiven.add(name);
    const release = (): void => {
      for (const name of names) this.#namesBeingGiven.delete(name);
    };
    try {
      for (const term of terms) {
        const query = { tenant: tenantId, service: serviceId, terms: [term], limit: 1 };
        if ((await this.#options.vault.locate(query)).rows.length > 0) throw nameTaken();
      }
      return release;
    } catch (error) {
      release();
      throw forClient(error);
    }
  }

  #sha256(bytes: Uint8Array): Uint8Array {
    const output = new Uint8Array(SHA256_BYTES);
    this.#options.digests.into('sha-256', bytes, output);
    return output;
  }
}

/** Stored states that dates may have turned into one of these. */
function storedStatesFor(states: readonly KeyState[]): readonly KeyState[] {
  const { preActive, active, deactivated } = KEY_STATE;
  const stored = new Set(states);
  if (stored.has(deactivated)) stored.add(active);
  if (stored.has(active)) stored.add(preActive);
  return [...stored];
}

const AES_BITS: ReadonlySet<number> = new Set([128, 192, 256]);
const WRAP_OVERHEAD = 8;

/** Length in bytes of an AES key; other objects may be wrapped at lengths that no attribute tells. */
function lengthFromAttributes({ row, attributes }: LocalKey): number | undefined {
  if (row.objectType !== OBJECT_TYPE.symmetricKey) return undefined;
  const algorithm = attributes.enumeration('Cryptographic Algorithm');
  const bits = attributes.integer('Cryptographic Length') ?? 0;
  if (algorithm !== CRYPTOGRAPHIC_ALGORITHM.aes || !AES_BITS.has(bits)) return undefined;
  const bytes = bits / 8;
  return row.wrapped.length === bytes + WRAP_OVERHEAD ? bytes : undefined;
}

function auditEntry(
  at: number,
  client: ClientIdentity,
  call: CallFacts,
  operation: string,
  uid: string,
  outcome: string,
): AuditEntry {
  return {
    ...{ at, tenant: client.tenantId, service: client.serviceId, actor: clientName(client) },
    ...{ operation, uid, outcome, correlationId: call.correlationId },
  };
}

/** True for states in which no key is given out, whatever the policy. */
function isWithheld(state: KeyState): boolean {
  return state === KEY_STATE.suspended || state === KEY_STATE.compromised || isDestroyed(state);
}

/** The Core has decided so since the operation looked. */
function withheld(state: KeyState): KmipFailure {
  if (isDestroyed(state)) return new KmipFailure('objectDestroyed', 'the key is destroyed');
  return new KmipFailure('wrongState', 'the key was just taken out of use');
}

function nameTerms(attributes: AttributeSet): readonly SearchTerm[] {
  return searchTerms(attributes).filter(({ name }) => name === 'Name');
}

/** What narrows a search is what is found by its value, such as a name; dates and states are compared object by object. */
function tooManyToSearch(): KmipFailure {
  return new KmipFailure('serverLimitExceeded', 'too many objects to look through');
}

function nameTaken(): KmipFailure {
  return new KmipFailure('nonUniqueName', 'an object has this name already');
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof BrokerError && error.code === code;
}
