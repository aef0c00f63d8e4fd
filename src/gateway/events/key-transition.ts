import { revocationReasonAttribute } from '../../kmip/attributes/build.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { EventKind, type Event } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { KeyState } from '../../vault/index.ts';
import { absorbing, KEY_STATE } from '../keys/key-state.ts';
import { stateBeforeSuspension, withState } from '../keys/stored-key.ts';

/** A key's state and attributes. */
export interface KeyCondition {
  readonly state: KeyState;
  readonly attributes: AttributeSet;
}

export type KeyEventKind =
  | typeof EventKind.EVENT_KIND_KEY_ACTIVATED
  | typeof EventKind.EVENT_KIND_KEY_SUSPENDED
  | typeof EventKind.EVENT_KIND_KEY_DEACTIVATED
  | typeof EventKind.EVENT_KIND_KEY_COMPROMISED
  | typeof EventKind.EVENT_KIND_KEY_DESTROYED
  | typeof EventKind.EVENT_KIND_KEY_ATTRIBUTES
  | typeof EventKind.EVENT_KIND_KEY_RESUMED;

/** The state that a restrictive event asks for; undefined for the others. */
export function restrictiveTarget(kind: EventKind): KeyState | undefined {
  switch (kind) {
    case EventKind.EVENT_KIND_KEY_SUSPENDED:
      return KEY_STATE.suspended;
    case EventKind.EVENT_KIND_KEY_DEACTIVATED:
      return KEY_STATE.deactivated;
    case EventKind.EVENT_KIND_KEY_COMPROMISED:
      return KEY_STATE.compromised;
    case EventKind.EVENT_KIND_KEY_DESTROYED:
      return KEY_STATE.destroyed;
    default:
      return undefined;
  }
}

/**
 * What an event makes of a key; undefined when it changes nothing: it was applied before, or what it wants is overtaken.
 * `given` are the attributes that came with it, `at` when it took effect (milliseconds since 1970).
 */
export function afterEvent(
  key: KeyCondition,
  kind: KeyEventKind,
  event: Pick<Event, 'reasonCode' | 'reasonMessage'>,
  given: AttributeSet | undefined,
  at: number,
): KeyCondition | undefined {
  if (kind === EventKind.EVENT_KIND_KEY_ATTRIBUTES) {
    return given && { state: key.state, attributes: keepingState(given, key) };
  }
  const state = stateAfter(key, kind);
  if (state === key.state) return undefined;
  const date = { type: 'dateTime', value: BigInt(Math.floor(at / 1000)) } as const;
  const changed = (given ?? key.attributes).with('Last Change Date', date);
  const withReason =
    event.reasonCode === 0
      ? changed
      : changed.with(...reasonOf(event.reasonCode, event.reasonMessage));
  const dated = dateNameOf(kind);
  // The Core's own attributes have the date already, and know more: a compromise may have occurred earlier.
  const attributes =
    dated === undefined || given !== undefined ? withReason : withReason.with(dated, date);
  return {
    state,
    // KMIP has no number for Suspended: State goes on saying what the key comes back to.
    attributes:
      state === KEY_STATE.suspended
        ? withState(attributes, stateBeforeSuspension(key.attributes))
        : withState(attributes, state),
  };
}

function stateAfter(key: KeyCondition, kind: KeyEventKind): KeyState {
  const { preActive, active, suspended } = KEY_STATE;
  const target = restrictiveTarget(kind);
  if (target !== undefined) return absorbing(key.state, target);
  switch (kind) {
    case EventKind.EVENT_KIND_KEY_ACTIVATED:
      return key.state === preActive ? active : key.state;
    case EventKind.EVENT_KIND_KEY_RESUMED:
      return key.state === suspended ? stateBeforeSuspension(key.attributes) : key.state;
    default:
      return key.state;
  }
}

/** Attributes say State as well; what the Core thought it was then must not undo what has happened since. */
function keepingState(given: AttributeSet, key: KeyCondition): AttributeSet {
  const state = key.attributes.get('State');
  return state === undefined ? given : given.with('State', state);
}

function dateNameOf(
  kind: KeyEventKind,
): 'Activation Date' | 'Deactivation Date' | 'Compromise Date' | 'Destroy Date' | undefined {
  switch (kind) {
    case EventKind.EVENT_KIND_KEY_ACTIVATED:
      return 'Activation Date';
    case EventKind.EVENT_KIND_KEY_DEACTIVATED:
      return 'Deactivation Date';
    case EventKind.EVENT_KIND_KEY_COMPROMISED:
      return 'Compromise Date';
    case EventKind.EVENT_KIND_KEY_DESTROYED:
      return 'Destroy Date';
    default:
      return undefined;
  }
}

function reasonOf(
  code: number,
  message: string,
): readonly ['Revocation Reason', ReturnType<typeof revocationReasonAttribute>['value']] {
  const { value } = revocationReasonAttribute(code, message === '' ? undefined : message);
  return ['Revocation Reason', value];
}
