import type { KeyState } from '../../vault/index.ts';
import { KEY_STATE, moreSevere } from '../keys/key-state.ts';

const CAPACITY = 10_000;

/** A suspension can be lifted, and what is beneath it counts again then; everything else stays. */
interface Decided {
  readonly suspended: boolean;
  readonly lasting: KeyState | undefined;
}

/**
 * What was decided lately about keys that are not in the vault. A copy of such a key may be on its way in an answer that
 * the Core gave before the decision; it must not come in as if nothing had happened. Memory is enough: no answer outlives
 * the process.
 */
export class AbsentKeys {
  readonly #decided = new Map<string, Decided>();

  note(tenant: string, uid: string, state: KeyState): void {
    const name = nameOf(tenant, uid);
    const { suspended = false, lasting } = this.#decided.get(name) ?? {};
    // Behind those that were noted before: the oldest make room.
    this.#decided.delete(name);
    this.#decided.set(
      name,
      state === KEY_STATE.suspended
        ? { suspended: true, lasting }
        : { suspended, lasting: lasting === undefined ? state : moreSevere(lasting, state) },
    );
    for (const oldest of this.#decided.keys()) {
      if (this.#decided.size <= CAPACITY) break;
      this.#decided.delete(oldest);
    }
  }

  resumed(tenant: string, uid: string): void {
    const name = nameOf(tenant, uid);
    const lasting = this.#decided.get(name)?.lasting;
    if (lasting === undefined) this.#decided.delete(name);
    else this.#decided.set(name, { suspended: false, lasting });
  }

  of(tenant: string, uid: string): KeyState | undefined {
    const decided = this.#decided.get(nameOf(tenant, uid));
    if (decided?.suspended !== true) return decided?.lasting;
    return decided.lasting === undefined
      ? KEY_STATE.suspended
      : moreSevere(KEY_STATE.suspended, decided.lasting);
  }
}

function nameOf(tenant: string, uid: string): string {
  return `${tenant}\0${uid}`;
}
