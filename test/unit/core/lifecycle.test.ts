import { describe, expect, it } from 'vitest';
import type { CoreKey, KeyState } from '../../../src/core/keys/core-key.ts';
import {
  attributesAfter,
  effectiveState,
  nextState,
  STATE_NAMES,
  type KeyTransition,
} from '../../../src/core/keys/lifecycle.ts';
import { AttributeSet } from '../../../src/kmip/attributes/attribute-set.ts';
import { expectFailure } from '../../support/failures.ts';

const NOW = 1_750_000_000;

function key(state: KeyState, changes: Partial<CoreKey> = {}): CoreKey {
  return {
    ...{ uid: 'u', tenantId: 't', serviceId: 's', objectType: 2, state, revision: 1 },
    ...{ suspendedFrom: undefined, serviceKeyId: 'k', serviceKeyVersion: 1, escrow: undefined },
    ...{ digest: undefined, attributes: AttributeSet.empty, gatewayId: 'g', creator: 'c' },
    ...{ createdAt: NOW, offline: false },
    ...changes,
  };
}

const client = { by: 'client' } as const;
const administrator = { by: 'administrator' } as const;

/** Every transition, and the state it leads to from each state; a state that is absent refuses it. */
const TABLE: readonly [KeyTransition, Partial<Record<KeyState, KeyState>>][] = [
  [{ kind: 'activate' }, { 1: 2 }],
  [{ kind: 'deactivate', ...client }, { 2: 3 }],
  [
    { kind: 'deactivate', ...administrator },
    { 2: 3, 16: 3 },
  ],
  [
    { kind: 'compromise', ...client },
    { 1: 4, 2: 4, 3: 4, 5: 6, 16: 4 },
  ],
  [
    { kind: 'destroy', ...client },
    { 1: 5, 3: 5, 4: 6 },
  ],
  [
    { kind: 'destroy', ...administrator },
    { 1: 5, 2: 5, 3: 5, 4: 6, 16: 5 },
  ],
  [{ kind: 'suspend' }, { 1: 16, 2: 16, 3: 16 }],
  [{ kind: 'resume' }, { 16: 2 }],
];

const STATES: readonly KeyState[] = [1, 2, 3, 4, 5, 6, 16];

describe('a key’s states', () => {
  for (const [transition, allowed] of TABLE) {
    const by = 'by' in transition ? ` by a ${transition.by}` : '';
    it(`allow to ${transition.kind}${by} from where KMIP and the Core say, and from nowhere else`, async () => {
      for (const state of STATES) {
        const from = key(state, { suspendedFrom: 2 });
        const expected = allowed[state];
        if (expected === undefined) {
          await expectFailure(() => nextState(from, transition, NOW), 'KEY_STATE_REFUSED');
        } else {
          expect(nextState(from, transition, NOW), STATE_NAMES[state]).toBe(expected);
        }
      }
    });
  }

  it('follow the dates: a passed activation date makes active, a passed deactivation date ends that', () => {
    const dated = (activation?: number, deactivation?: number): AttributeSet => {
      let attributes = AttributeSet.empty;
      const date = (value: number) => ({ type: 'dateTime', value: BigInt(value) }) as const;
      if (activation !== undefined)
        attributes = attributes.with('Activation Date', date(activation));
      if (deactivation !== undefined) {
        attributes = attributes.with('Deactivation Date', date(deactivation));
      }
      return attributes;
    };
    const state = (of: KeyState, attributes: AttributeSet): KeyState =>
      effectiveState(key(of, { attributes }), NOW);
    expect(state(1, dated())).toBe(1);
    expect(state(1, dated(NOW))).toBe(2);
    expect(state(1, dated(NOW + 1))).toBe(1);
    expect(state(1, dated(NOW - 10, NOW - 1))).toBe(3);
    expect(state(2, dated(NOW - 10, NOW + 1))).toBe(2);
    expect(state(2, dated(undefined, NOW))).toBe(3);
    expect(state(4, dated(NOW - 10, NOW - 1))).toBe(4);
    expect(state(16, dated(NOW - 10))).toBe(16);
  });

  it('leave their dates and their reason in the attributes', () => {
    const transition: KeyTransition = {
      ...{ kind: 'compromise', ...client },
      ...{ reason: { code: 2, message: 'lost laptop' }, occurredAt: 1_700_000_000n },
    };
    const attributes = attributesAfter(key(2), transition, 4, NOW);
    expect(attributes.enumeration('State')).toBe(4);
    expect(attributes.date('Compromise Date')).toBe(BigInt(NOW));
    expect(attributes.date('Compromise Occurrence Date')).toBe(1_700_000_000n);
    expect(attributes.date('Last Change Date')).toBe(BigInt(NOW));
    const reason = attributes.get('Revocation Reason');
    expect(reason).toMatchObject({
      fields: [{ value: { value: 2 } }, { value: { value: 'lost laptop' } }],
    });
  });

  it('keep the State attribute that there was while suspended, which KMIP cannot say', () => {
    const active = key(2, {
      attributes: AttributeSet.empty.with('State', { type: 'enumeration', value: 2 }),
    });
    expect(attributesAfter(active, { kind: 'suspend' }, 16, NOW).enumeration('State')).toBe(2);
  });
});
