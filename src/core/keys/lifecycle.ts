import { BrokerError } from '../../errors/index.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { KEY_STATE, type CoreKey, type KeyState } from './core-key.ts';

/** A change of a key's state (KMIP 1.4 §3.22), with what the Core adds to it: suspending and resuming. */
export type KeyTransition =
  | { readonly kind: 'activate' }
  | { readonly kind: 'deactivate'; readonly by: Origin; readonly reason?: RevocationReason }
  | {
      readonly kind: 'compromise';
      readonly by: Origin;
      readonly reason?: RevocationReason;
      /** Compromise Occurrence Date, seconds since 1970. */
      readonly occurredAt?: bigint;
    }
  | { readonly kind: 'destroy'; readonly by: Origin }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' };

/** Clients are held to KMIP's state machine; an administrator may also destroy an active key. */
export type Origin = 'client' | 'administrator';

export interface RevocationReason {
  /** Revocation Reason Code enumeration (KMIP 1.4 §9.1.3.2.19). */
  readonly code: number;
  readonly message: string;
}

const { preActive, active, deactivated, compromised, destroyed, destroyedCompromised, suspended } =
  KEY_STATE;

/** The state at `now` (seconds since 1970): dates that have passed count, whoever has looked since. */
export function effectiveState(key: Pick<CoreKey, 'state' | 'attributes'>, now: number): KeyState {
  const past = (name: 'Activation Date' | 'Deactivation Date'): boolean => {
    const date = key.attributes.date(name);
    return date !== undefined && date <= BigInt(Math.floor(now));
  };
  if (key.state !== preActive && key.state !== active) return key.state;
  if (key.state === preActive && !past('Activation Date')) return preActive;
  return past('Deactivation Date') ? deactivated : active;
}

/** True for states in which the key is gone. */
export function isDestroyed(state: KeyState): boolean {
  return state === destroyed || state === destroyedCompromised;
}

/** The state that a transition leads to at `now`. Throws KEY_STATE_REFUSED when it is not allowed from where the key is. */
export function nextState(key: CoreKey, transition: KeyTransition, now: number): KeyState {
  const state = effectiveState(key, now);
  const allowed = allowedFrom(transition);
  if (!allowed.includes(state)) {
    throw new BrokerError(
      'KEY_STATE_REFUSED',
      `a key that is ${STATE_NAMES[state]} cannot be ${PARTICIPLES[transition.kind]}`,
    );
  }
  switch (transition.kind) {
    case 'activate':
      return active;
    case 'deactivate':
      return deactivated;
    case 'compromise':
      return state === destroyed ? destroyedCompromised : compromised;
    case 'destroy':
      return state === compromised ? destroyedCompromised : destroyed;
    case 'suspend':
      return suspended;
    case 'resume':
      return key.suspendedFrom ?? preActive;
  }
}

/** The attributes after a transition to `state`: State, and the dates and the reason that go with it. */
export function attributesAfter(
  key: CoreKey,
  transition: KeyTransition,
  state: KeyState,
  now: number,
): AttributeSet {
  const date = { type: 'dateTime', value: BigInt(Math.floor(now)) } as const;
  let attributes = withState(key.attributes, state).with('Last Change Date', date);
  switch (transition.kind) {
    case 'activate':
      return attributes.with('Activation Date', date);
    case 'deactivate':
      attributes = attributes.with('Deactivation Date', date);
      return withReason(attributes, transition.reason);
    case 'compromise': {
      const occurred = transition.occurredAt ?? date.value;
      attributes = attributes
        .with('Compromise Date', date)
        .with('Compromise Occurrence Date', { type: 'dateTime', value: occurred });
      return withReason(attributes, transition.reason);
    }
    case 'destroy':
      return attributes.with('Destroy Date', date);
    case 'suspend':
    case 'resume':
      return attributes;
  }
}

/** With the State attribute that goes with `state`. KMIP cannot say Suspended: such a key keeps the one it had. */
export function withState(attributes: AttributeSet, state: KeyState): AttributeSet {
  if (state === suspended) return attributes;
  return attributes.with('State', { type: 'enumeration', value: state });
}

function withReason(attributes: AttributeSet, reason: RevocationReason | undefined): AttributeSet {
  if (reason === undefined) return attributes;
  return attributes.with('Revocation Reason', {
    type: 'structure',
    fields: [
      { tag: TAG.revocationReasonCode, value: { type: 'enumeration', value: reason.code } },
      ...(reason.message === ''
        ? []
        : [
            {
              tag: TAG.revocationMessage,
              value: { type: 'textString', value: reason.message },
            } as const,
          ]),
    ],
  });
}

function allowedFrom(transition: KeyTransition): readonly KeyState[] {
  switch (transition.kind) {
    case 'activate':
      return [preActive];
    case 'deactivate':
      return transition.by === 'client' ? [active] : [active, suspended];
    case 'compromise':
      return [preActive, active, deactivated, suspended, destroyed];
    case 'destroy':
      return transition.by === 'client'
        ? [preActive, deactivated, compromised]
        : [preActive, active, deactivated, suspended, compromised];
    case 'suspend':
      return [preActive, active, deactivated];
    case 'resume':
      return [suspended];
  }
}

/** For messages and lists. */
export const STATE_NAMES: Readonly<Record<KeyState, string>> = {
  [preActive]: 'pre-active',
  [active]: 'active',
  [deactivated]: 'deactivated',
  [compromised]: 'compromised',
  [destroyed]: 'destroyed',
  [destroyedCompromised]: 'destroyed and compromised',
  [suspended]: 'suspended',
};

const PARTICIPLES: Readonly<Record<KeyTransition['kind'], string>> = {
  activate: 'activated',
  deactivate: 'deactivated',
  compromise: 'marked as compromised',
  destroy: 'destroyed',
  suspend: 'suspended',
  resume: 'resumed',
};
