import type { ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { LinkState } from '../../uplink/uplink.ts';
import type { Vault } from '../../vault/index.ts';
import { decodeObject, encodeObject } from '../stored-object.ts';

/** A key that may be made. */
export interface Admitted {
  /** The link is cut: the key counts against the offline limit. */
  readonly offline: boolean;
  /** For the transaction that stores the key. */
  readonly states: ReadonlyMap<string, Uint8Array>;
  /** It was not made after all. */
  failed(): void;
}

const PREFIX = 'offline-created/';

/** Says whether another key may be made: while the link is cut, and for as long as keys wait to be registered. */
export class CreateAdmission {
  readonly #link: () => LinkState;
  readonly #offline = new Map<string, number>();
  #waiting = 0;
  /** Sequence of the outbox up to which nothing waits. */
  #settled = 0;

  constructor(link: () => LinkState) {
    this.#link = link;
  }

  /** Reads how many keys were made during a cut that goes on, and how many wait. */
  async restore(vault: Vault): Promise<void> {
    const { outboxDepth, outboxAcknowledged } = await vault.facts();
    this.#waiting = outboxDepth;
    this.#settled = outboxAcknowledged;
    for (const [name, value] of await vault.readStates(PREFIX)) {
      const { count } = decodeObject(value);
      if (typeof count === 'number') this.#offline.set(name, count);
    }
  }

  /** Entries of the outbox, those included that are being written. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The entries of the outbox up to this sequence have been settled; an earlier one than before is no news. */
  settled(sequence: number): void {
    const entries = Math.max(0, sequence - this.#settled);
    this.#settled += entries;
    this.#waiting = Math.max(0, this.#waiting - entries);
  }

  /** The link is back: what was made without it is no longer counted. The changes are for the vault. */
  linked(): ReadonlyMap<string, undefined> {
    const names = [...this.#offline.keys()];
    this.#offline.clear();
    return new Map(names.map((name) => [name, undefined]));
  }

  /** Throws KmipFailure with the reason why no key may be made. */
  admit(policy: ServicePolicy): Admitted {
    const offline = this.#link() === 'cut';
    if (offline && !policy.offlineCreate) {
      throw new KmipFailure('generalFailure', 'core unreachable: no keys are made without it');
    }
    if (policy.outboxMax > 0n && BigInt(this.#waiting) >= policy.outboxMax) {
      throw new KmipFailure('serverLimitExceeded', 'too many keys wait for the core');
    }
    const name = `${PREFIX}${policy.tenantId}/${policy.serviceId}`;
    const made = this.#offline.get(name) ?? 0;
    if (offline && policy.offlineCreateMax > 0n && BigInt(made) >= policy.offlineCreateMax) {
      throw new KmipFailure('serverLimitExceeded', 'too many keys were made without the core');
    }
    this.#waiting += 1;
    if (offline) this.#offline.set(name, made + 1);
    return {
      offline,
      states: offline ? new Map([[name, encodeObject({ count: made + 1 })]]) : new Map(),
      failed: () => {
        this.#waiting -= 1;
        if (offline) this.#offline.set(name, Math.max(0, (this.#offline.get(name) ?? 1) - 1));
      },
    };
  }
}
