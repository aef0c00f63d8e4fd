import { BrokerError } from '../../errors/index.ts';
import type { ChangedKey, NewKey, VaultTransaction } from '../vault.ts';
import { copyKey, type StoredKey } from './copies.ts';
import type { KeyOrder } from './key-order.ts';

/** What a transaction would make of the keys, so that it can fail before anything was touched. */
export class StagedKeys {
  readonly #before: ReadonlyMap<string, StoredKey>;
  readonly #order: KeyOrder;
  readonly #changes = new Map<string, StoredKey | undefined>();

  private constructor(before: ReadonlyMap<string, StoredKey>, order: KeyOrder) {
    this.#before = before;
    this.#order = order;
  }

  /** `order` holds the uids of `before` by inner id. Throws VAULT_UID_TAKEN, VAULT_CONFLICT, INPUT_INVALID. */
  static of(
    before: ReadonlyMap<string, StoredKey>,
    order: KeyOrder,
    { purge = [], insert = [], change = [], quarantine = [] }: VaultTransaction,
  ): StagedKeys {
    const staged = new StagedKeys(before, order);
    for (const { tenant, uid } of purge) {
      if (staged.#find(tenant, uid) !== undefined) staged.#changes.set(uid, undefined);
    }
    for (const key of insert) staged.#insert(key);
    for (const key of change) staged.#change(key);
    for (const { tenant, uid, reason } of quarantine) {
      const key = staged.#find(tenant, uid);
      if (key !== undefined) {
        staged.#changes.set(uid, { ...key, row: { ...key.row, quarantine: reason } });
      }
    }
    return staged;
  }

  /** Keys as they shall be, by uid; undefined: gone. */
  get changes(): ReadonlyMap<string, StoredKey | undefined> {
    return this.#changes;
  }

  #insert(key: NewKey): void {
    const { uid } = key.row;
    if (this.#current(uid) !== undefined) {
      throw new BrokerError('VAULT_UID_TAKEN', 'the unique identifier is taken');
    }
    if (this.#holdsId(key.row.id)) {
      throw new BrokerError('INPUT_INVALID', 'the inner id is taken', { field: 'transaction' });
    }
    this.#changes.set(uid, copyKey(key));
  }

  #holdsId(id: Uint8Array): boolean {
    const has = (key: StoredKey | undefined): boolean =>
      key !== undefined && Buffer.compare(key.row.id, id) === 0;
    const uid = this.#order.find(id);
    return (uid !== undefined && has(this.#current(uid))) || [...this.#changes.values()].some(has);
  }

  #change(key: ChangedKey): void {
    const before = this.#find(key.row.tenant, key.row.uid)?.row;
    if (before?.revision !== key.expectedRevision || Buffer.compare(before.id, key.row.id) !== 0) {
      throw new BrokerError('VAULT_CONFLICT', 'the key was changed in the meantime');
    }
    this.#changes.set(key.row.uid, copyKey(key));
  }

  #find(tenant: string, uid: string): StoredKey | undefined {
    const key = this.#current(uid);
    return key?.row.tenant === tenant ? key : undefined;
  }

  #current(uid: string): StoredKey | undefined {
    return this.#changes.has(uid) ? this.#changes.get(uid) : this.#before.get(uid);
  }
}
