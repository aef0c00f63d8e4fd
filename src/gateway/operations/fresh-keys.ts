/**
 * The keys made here since the start whose material nobody was given (KMIP 1.4 §3.45, Fresh). It is not kept: to store it
 * would make every first Get wait for the disk. What is not known to be fresh, is not.
 */
export class FreshKeys {
  readonly #limit: number;
  /** A uid is one tenant's, so that it stands for itself. */
  readonly #uids = new Set<string>();

  /** Keys beyond `limit` are forgotten, the oldest first. */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  made(uid: string): void {
    this.#uids.add(uid);
    if (this.#uids.size <= this.#limit) return;
    const [oldest] = this.#uids;
    if (oldest !== undefined) this.#uids.delete(oldest);
  }

  served(uid: string): void {
    this.#uids.delete(uid);
  }

  has(uid: string): boolean {
    return this.#uids.has(uid);
  }
}
