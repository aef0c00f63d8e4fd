import type { Vault } from '../../vault/index.ts';
import { decodeObject, encodeObject } from '../stored-object.ts';
import type { GrantFacts } from './grant-check.ts';

/** What was taken away from a service key by an event. The last two are for ever. */
export type Restriction = 'suspended' | 'compromised' | 'destroyed';

const SEVERITY: Readonly<Record<Restriction, number>> = {
  suspended: 1,
  compromised: 2,
  destroyed: 3,
};

/** What is remembered of one version of a service key, also across restarts; version 0 stands for all of them. */
interface ServiceKeyRecord {
  readonly serviceKeyId: string;
  readonly version: number;
  /** Of the newest grant that was taken. */
  readonly sequence: bigint;
  readonly grantId: string;
  readonly restriction?: Restriction;
  /** When the Core restricted it, milliseconds since 1970. */
  readonly restrictedAt?: number;
}

/** Named values of the vault, to be written in one of its transactions. */
export type StateChanges = ReadonlyMap<string, Uint8Array | undefined>;

const PREFIX = 'service-key/';
const ALL_VERSIONS = 0;

/**
 * The memory of service keys: the newest grant of each version, so that an older one is known for what it is, and what the
 * Core has taken away, so that no grant that was overtaken brings it back. Changes are made here at once and returned for
 * the vault.
 */
export class ServiceKeyRecords {
  readonly #records = new Map<string, ServiceKeyRecord>();
  #anyRestricted = false;

  /** Reads what earlier runs noted. Entries that cannot be read are counted and left. */
  async restore(vault: Vault): Promise<{ readonly unreadable: number }> {
    let unreadable = 0;
    for (const value of (await vault.readStates(PREFIX)).values()) {
      const record = parseRecord(value);
      if (record === undefined) unreadable += 1;
      else this.#keep(record);
    }
    return { unreadable };
  }

  restriction(serviceKeyId: string, version: number): Restriction | undefined {
    // Asked for every use of a key, and as a rule nothing is restricted.
    if (!this.#anyRestricted) return undefined;
    return this.#strongest(serviceKeyId, version)?.restriction;
  }

  /** True when this grant says nothing new, or says what has been taken back since. */
  isStale(facts: GrantFacts): boolean {
    const record = this.#records.get(nameOf(facts.serviceKeyId, facts.version));
    if (record !== undefined && facts.sequence <= record.sequence) return true;
    const { restriction, restrictedAt = 0 } =
      this.#strongest(facts.serviceKeyId, facts.version) ?? {};
    if (restriction === undefined) return false;
    return restriction !== 'suspended' || facts.issuedAt <= restrictedAt;
  }

  /** True when this is the very grant that was taken last. */
  isNewest(facts: GrantFacts): boolean {
    const record = this.#records.get(nameOf(facts.serviceKeyId, facts.version));
    return record?.sequence === facts.sequence && record.grantId === facts.grantId;
  }

  /** A grant was taken. It ends a suspension: the Core does not grant what it has suspended. */
  taken(facts: GrantFacts): StateChanges {
    const { serviceKeyId, version, sequence, grantId } = facts;
    return this.#write([{ serviceKeyId, version, sequence, grantId }]);
  }

  /** The Core takes a version (0: every version) away. */
  restrict(
    serviceKeyId: string,
    version: number,
    restriction: Restriction,
    at: number,
  ): StateChanges {
    const before = this.#records.get(nameOf(serviceKeyId, version));
    const weaker =
      before?.restriction !== undefined && SEVERITY[before.restriction] > SEVERITY[restriction];
    return this.#write([
      {
        ...{ serviceKeyId, version },
        sequence: before?.sequence ?? 0n,
        grantId: before?.grantId ?? '',
        restriction: weaker ? before.restriction : restriction,
        restrictedAt: Math.max(before?.restrictedAt ?? 0, at),
      },
    ]);
  }

  /** The Core ends a suspension that is older than this; nothing else is ever lifted. */
  resume(serviceKeyId: string, version: number, at: number): StateChanges {
    const lifted = this.#versionsOf(serviceKeyId, version).filter(
      ({ restriction, restrictedAt = 0 }) => restriction === 'suspended' && restrictedAt < at,
    );
    return this.#write(
      lifted.map(({ sequence, grantId, ...key }) => ({
        ...{ serviceKeyId: key.serviceKeyId, version: key.version, sequence, grantId },
      })),
    );
  }

  /** Versions of which anything is known, that this version number covers. */
  #versionsOf(serviceKeyId: string, version: number): ServiceKeyRecord[] {
    return [...this.#records.values()].filter(
      (record) =>
        record.serviceKeyId === serviceKeyId &&
        (version === ALL_VERSIONS || record.version === version),
    );
  }

  #strongest(serviceKeyId: string, version: number): ServiceKeyRecord | undefined {
    const own = this.#records.get(nameOf(serviceKeyId, version));
    const all = this.#records.get(nameOf(serviceKeyId, ALL_VERSIONS));
    if (own?.restriction === undefined) return all;
    if (all?.restriction === undefined) return own;
    return SEVERITY[all.restriction] > SEVERITY[own.restriction] ? all : own;
  }

  #keep(record: ServiceKeyRecord): void {
    this.#records.set(nameOf(record.serviceKeyId, record.version), record);
    this.#anyRestricted ||= record.restriction !== undefined;
  }

  #write(records: readonly ServiceKeyRecord[]): StateChanges {
    const changes = new Map<string, Uint8Array | undefined>();
    for (const record of records) {
      const name = nameOf(record.serviceKeyId, record.version);
      this.#keep(record);
      changes.set(name, encodeObject({ ...record, sequence: `${record.sequence}` }));
    }
    return changes;
  }
}

function nameOf(serviceKeyId: string, version: number): string {
  return `${PREFIX}${serviceKeyId}/${version}`;
}

function parseRecord(bytes: Uint8Array): ServiceKeyRecord | undefined {
  const { serviceKeyId, version, sequence, grantId, restriction, restrictedAt } =
    decodeObject(bytes);
  if (
    typeof serviceKeyId !== 'string' ||
    typeof version !== 'number' ||
    typeof sequence !== 'string' ||
    !/^\d{1,20}$/.test(sequence) ||
    typeof grantId !== 'string'
  ) {
    return undefined;
  }
  const record = { serviceKeyId, version, sequence: BigInt(sequence), grantId };
  if (restriction === undefined) return record;
  if (!isRestriction(restriction) || typeof restrictedAt !== 'number') return undefined;
  return { ...record, restriction, restrictedAt };
}

function isRestriction(value: unknown): value is Restriction {
  return typeof value === 'string' && Object.hasOwn(SEVERITY, value);
}
