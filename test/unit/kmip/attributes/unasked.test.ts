import { describe, expect, it } from 'vitest';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { withoutUnasked } from '../../../../src/kmip/attributes/unasked.ts';

const all = AttributeSet.empty
  .with('State', { type: 'enumeration', value: 2 })
  .with('Key Value Present', { type: 'boolean', value: true })
  .with('Never Extractable', { type: 'boolean', value: false });

describe('attributes that nobody asks for', () => {
  it('are left out of an answer to a request without names', () => {
    expect(withoutUnasked(all, 14).names()).toEqual(['State', 'Never Extractable']);
    expect(withoutUnasked(all, 20).names()).toEqual(['State']);
  });
});
