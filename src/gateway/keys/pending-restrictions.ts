import type { KeyRow, KeyState } from '../../vault/index.ts';
import { moreSevere } from './key-state.ts';

/**
 * States that the Core has given to keys and that are not durable yet: they count from the moment they are known, so that
 * the next Get already fails while the vault still writes.
 */
export class PendingRestrictions {
  readonly #states = new Map<string, Set<KeyState>>();

  /**
   * Lets the state count for the key until the returned function is called, which says that it is durable, and with it
   * everything less severe.
   */
  begin(tenant: string, uid: string, state: KeyState): () => void {
    const name = nameOf(tenant, uid);
    const states = this.#states.get(name) ?? new Set();
    this.#states.set(name, states.add(state));
    return () => {
      for (const other of states) if (moreSevere(state, other) === state) states.delete(other);
      if (states.size === 0) this.#states.delete(name);
    };
  }

  /** The state that counts for a row, when anything is pending for it. */
  of({ tenant, uid, state }: Pick<KeyRow, 'tenant' | 'uid' | 'state'>): KeyState | undefined {
    if (this.#states.size === 0) return undefined;
    const pending = this.#states.get(nameOf(tenant, uid));
    return pending === undefined ? undefined : [...pending].reduce(moreSevere, state);
  }
}

function nameOf(tenant: string, uid: string): string {
  return `${tenant}\0${uid}`;
}
