import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { KeyState } from '../../vault/index.ts';

/** States by name: KMIP's (KMIP 1.4 §9.1.3.2.18) and Suspended, which KMIP has no number for. */
export const KEY_STATE = {
  preActive: 1,
  active: 2,
  deactivated: 3,
  compromised: 4,
  destroyed: 5,
  destroyedCompromised: 6,
  suspended: 16,
} as const satisfies Record<string, KeyState>;

const STATES: ReadonlySet<number> = new Set(Object.values(KEY_STATE));

/** True for a number that is a state. */
export function isKeyState(value: number): value is KeyState {
  return STATES.has(value);
}

/** True when there is no key any more, only what is known of it. */
export function isDestroyed(state: KeyState): boolean {
  return state === KEY_STATE.destroyed || state === KEY_STATE.destroyedCompromised;
}

/** How much a state takes away; the lifecycle only ever leads upwards, but for Suspended. */
const SEVERITY: Readonly<Record<KeyState, number>> = {
  [KEY_STATE.preActive]: 0,
  [KEY_STATE.active]: 1,
  [KEY_STATE.deactivated]: 2,
  [KEY_STATE.suspended]: 3,
  [KEY_STATE.compromised]: 4,
  [KEY_STATE.destroyed]: 5,
  [KEY_STATE.destroyedCompromised]: 6,
};

/** The one of two states that allows less. */
export function moreSevere(left: KeyState, right: KeyState): KeyState {
  return SEVERITY[right] > SEVERITY[left] ? right : left;
}

/**
 * The state that a key in `current` has when `target` is asked of it. Compromised and Destroyed are never left, whoever
 * asks and however late: what once was taken away must not come back by a message that was overtaken.
 */
export function absorbing(current: KeyState, target: KeyState): KeyState {
  const { compromised, destroyed, destroyedCompromised } = KEY_STATE;
  switch (current) {
    case destroyedCompromised:
      return destroyedCompromised;
    case destroyed:
      return target === compromised || target === destroyedCompromised
        ? destroyedCompromised
        : destroyed;
    case compromised:
      return isDestroyed(target) ? destroyedCompromised : compromised;
    default:
      return target;
  }
}

/**
 * The state at a time: an Activation or Deactivation Date that has passed counts, whoever has looked since (KMIP 1.4
 * §3.22). `now` is milliseconds since 1970.
 */
export function effectiveState(
  state: KeyState,
  attributes: Pick<AttributeSet, 'date'>,
  now: number,
): KeyState {
  if (state !== KEY_STATE.preActive && state !== KEY_STATE.active) return state;
  const seconds = BigInt(Math.floor(now / 1000));
  const past = (date: bigint | undefined): boolean => date !== undefined && date <= seconds;
  if (state === KEY_STATE.preActive && !past(attributes.date('Activation Date'))) return state;
  return past(attributes.date('Deactivation Date')) ? KEY_STATE.deactivated : KEY_STATE.active;
}
