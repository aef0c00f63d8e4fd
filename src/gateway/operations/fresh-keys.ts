/**
 * The keys made here since the start whose material nobody was given (KMIP 1.4 §3.45, Fresh). It is not kept: to store it
 * would make every first Get wait for the disk. What is not known to be fresh, is not.
 */
export class FreshKeys {
  readonly #limit: number;
  readonly #uids = new Set<string>();

  /** Keys beyond `limit` are forgotten, the oldest first. */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  made(tenantId: string, uid: string): void {
    this.#uids.add(named(tenantId, uid));
    if (this.#uids.size <= this.#limit) return;
    const [oldest] = this.#uids;
    if (oldest !== undefined) this.#uids.delete(oldest);
  }

  served(tenantId: string, uid: string): void {
    this.#uids.delete(named(tenantId, uid));
  }

  has(tenantId: string, uid: string): boolean {
    return this.#uids.has(named(tenantId, uid));
  }
}

function named(tenantId: string, uid: string): string {
  return `${tenantId}\0${uid}`;
}
