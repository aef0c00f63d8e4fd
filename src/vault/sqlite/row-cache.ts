import type { KeyRow, VaultTransaction, WrappedBytes } from '../vault.ts';

/** Rows that are kept, the ones asked for last, and bytes of attributes beyond which a row is not: 16 MiB at the most. */
const LIMIT = { rows: 8192, attributes: 1024 } as const;

/**
 * Rows that were written or asked for lately. Every commit makes SQLite give up its page cache, and what is busy enough to
 * matter commits all the time: a read from the file costs 20 us then, from here less than one. It is right because nobody
 * else writes the file while its owner has it locked: a row that a commit may change is let go before the commit begins,
 * and not taken again before it has ended.
 */
export class RowCache {
  readonly #rows = new Map<string, KeyRow>();
  /** By uid: commits under way that may change its row. */
  readonly #changing = new Map<string, number>();

  get(tenant: string, uid: string): KeyRow | undefined {
    const row = this.#rows.get(uid);
    // A uid is one tenant's, whoever asks for it.
    if (row?.tenant !== tenant) return undefined;
    this.#rows.delete(uid);
    this.#rows.set(uid, row);
    return row;
  }

  /** Takes a row that was read just now. Its bytes are nobody else's to change. */
  keep(row: KeyRow): void {
    if (this.#changing.has(row.uid) || row.attributes.length > LIMIT.attributes) return;
    this.#rows.set(row.uid, row);
    if (this.#rows.size <= LIMIT.rows) return;
    const [oldest] = this.#rows.keys();
    if (oldest !== undefined) this.#rows.delete(oldest);
  }

  /** Follows a commit: what it changes is let go until it has ended, what it has made is taken. Settles as it does. */
  async during(transaction: VaultTransaction, written: Promise<void>): Promise<void> {
    const { insert = [], change = [], purge = [], quarantine = [] } = transaction;
    const changed = [...change.map(({ row }) => row), ...quarantine].map(({ uid }) => uid);
    // What the same transaction changes again is not what was inserted. Purging comes first, and changes nothing of it.
    const made = insert
      .filter(({ row }) => !changed.includes(row.uid))
      .map(({ row }) => copied(row));
    const uids = [...changed, ...[...insert.map(({ row }) => row), ...purge].map(({ uid }) => uid)];
    for (const uid of uids) {
      this.#rows.delete(uid);
      this.#changing.set(uid, (this.#changing.get(uid) ?? 0) + 1);
    }
    try {
      await written;
    } catch (error) {
      // What became of it is not known here: the file tells.
      made.length = 0;
      throw error;
    } finally {
      for (const uid of uids) this.#changed(uid);
      for (const row of made) this.keep(row);
    }
  }

  #changed(uid: string): void {
    const others = (this.#changing.get(uid) ?? 1) - 1;
    if (others > 0) this.#changing.set(uid, others);
    else this.#changing.delete(uid);
  }
}

/** The row with bytes of its own: what a vault is given is its caller's to use again. */
function copied(row: KeyRow): KeyRow {
  // Not `slice`, which shares where the bytes are a Buffer.
  const copy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
  return {
    ...row,
    id: copy(row.id),
    wrapped: copy(row.wrapped) as WrappedBytes,
    digest: copy(row.digest),
    mac: copy(row.mac),
    attributes: copy(row.attributes),
  };
}
