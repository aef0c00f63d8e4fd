import type { KeyState } from '../../vault/index.ts';
import { moreSevere } from '../keys/key-state.ts';

const CAPACITY = 10_000;

/**
 * What was decided lately about keys that are not in the vault. A copy of such a key may be on its way in an answer that
 * the Core gave before the decision; it must not come in as if nothing had happened. Memory is enough: no answer outlives
 * the process.
 */
export class AbsentKeys {
  readonly #states = new Map<string, KeyState>();

  note(tenant: string, uid: string, state: KeyState): void {
    const name = nameOf(tenant, uid);
    const before = this.#states.get(name);
    this.#states.delete(name);
    this.#states.set(name, before === undefined ? state : moreSevere(before, state));
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= CAPACITY) break;
      this.#states.delete(oldest);
    }
  }

  forget(tenant: string, uid: string): void {
    this.#states.delete(nameOf(tenant, uid));
  }

  of(tenant: string, uid: string): KeyState | undefined {
    return this.#states.get(nameOf(tenant, uid));
  }
}

function nameOf(tenant: string, uid: string): string {
  return `${tenant}\0${uid}`;
}
