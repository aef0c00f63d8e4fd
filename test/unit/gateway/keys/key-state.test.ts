import { describe, expect, it } from 'vitest';
import { absorbing, effectiveState, moreSevere } from '../../../../src/gateway/keys/key-state.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import type { AttributeName } from '../../../../src/kmip/attributes/attribute-name.ts';
import type { KeyState } from '../../../../src/vault/index.ts';

const STATES: readonly KeyState[] = [1, 2, 3, 4, 5, 6, 16];

function dated(dates: Readonly<Record<string, number>>): AttributeSet {
  return AttributeSet.of(
    Object.entries(dates).map(([name, seconds]) => ({
      name: name as AttributeName,
      value: { type: 'dateTime' as const, value: BigInt(seconds) },
    })),
  );
}

describe('key states', () => {
  it('never leave Compromised but for Destroyed Compromised, nor Destroyed for a living state', () => {
    for (const target of STATES) {
      expect([4, 6]).toContain(absorbing(4, target));
      expect([5, 6]).toContain(absorbing(5, target));
      expect(absorbing(6, target)).toBe(6);
      expect(absorbing(2, target)).toBe(target);
    }
    expect(absorbing(4, 5)).toBe(6);
    expect(absorbing(5, 4)).toBe(6);
  });

  it('are ordered by what they take away, whichever is named first', () => {
    for (const left of STATES) {
      for (const right of STATES) expect(moreSevere(left, right)).toBe(moreSevere(right, left));
    }
    expect(moreSevere(16, 3)).toBe(16);
    expect(moreSevere(16, 4)).toBe(4);
  });

  it('follow the Activation and Deactivation Dates that have passed', () => {
    const at = 1000 * 1000;
    expect(effectiveState(1, dated({}), at)).toBe(1);
    expect(effectiveState(1, dated({ 'Activation Date': 1001 }), at)).toBe(1);
    expect(effectiveState(1, dated({ 'Activation Date': 1000 }), at)).toBe(2);
    expect(effectiveState(1, dated({ 'Activation Date': 900, 'Deactivation Date': 950 }), at)).toBe(
      3,
    );
    expect(effectiveState(2, dated({ 'Deactivation Date': 1000 }), at)).toBe(3);
    expect(effectiveState(2, dated({ 'Deactivation Date': 1001 }), at)).toBe(2);
  });

  it('are left alone by dates once the Core has taken the key out of use', () => {
    const dates = dated({ 'Activation Date': 1, 'Deactivation Date': 2 });
    for (const state of [3, 4, 5, 6, 16] as const) {
      expect(effectiveState(state, dates, 1000 * 1000)).toBe(state);
    }
  });
});
