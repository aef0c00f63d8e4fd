import type { CoreStore } from '../store/core-store.ts';

/** Lets delegated messages wait until the outbox entries before them are settled. */
export class Settlements {
  readonly #store: CoreStore;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(store: CoreStore) {
    this.#store = store;
  }

  /** Entries of this vault were settled. */
  changed(vaultId: string): void {
    for (const wake of [...(this.#waiting.get(vaultId) ?? [])]) wake();
  }

  /** Resolves with true when entries up to `sequence` are settled, with false after `milliseconds`. */
  async reached(vaultId: string, sequence: bigint, milliseconds: number): Promise<boolean> {
    if (this.#isReached(vaultId, sequence)) return true;
    if (milliseconds <= 0) return false;
    return await new Promise<boolean>((resolve) => {
      const waiting = this.#waiting.get(vaultId) ?? new Set();
      this.#waiting.set(vaultId, waiting);
      const finish = (reached: boolean): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(vaultId);
        resolve(reached);
      };
      const wake = (): void => {
        if (this.#isReached(vaultId, sequence)) finish(true);
      };
      const timer = setTimeout(() => {
        finish(false);
      }, milliseconds);
      waiting.add(wake);
    });
  }

  #isReached(vaultId: string, sequence: bigint): boolean {
    return BigInt(this.#store.vaults.get(vaultId)?.settled ?? 0) >= sequence;
  }
}
