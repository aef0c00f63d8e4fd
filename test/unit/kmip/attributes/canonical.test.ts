import { describe, expect, it } from 'vitest';

import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { digestAttribute, nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { decodeCanonical, encodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { expectKmipFailure } from '../../../support/kmip/failures.ts';
import { attribute, integer, structure, text } from '../../../support/kmip/hand-made.ts';
import { bytesOf, written } from '../../../support/kmip/ttlv-samples.ts';

describe('stored attributes', () => {
  const set = AttributeSet.of([
    { name: 'x-b', value: { type: 'textString', value: 'v' } },
    nameAttribute('first'),
    { name: 'State', value: { type: 'enumeration', value: 2 } },
    { name: 'Operation Policy Name', value: { type: 'textString', value: 'default' } },
    { name: 'acme-a', value: { type: 'dateTimeExtended', value: 1n } },
    nameAttribute('second'),
    digestAttribute(Uint8Array.of(1)),
  ]);

  it('are an Attributes structure of 2.1, ordered by tag', () => {
    const small = AttributeSet.of([
      { name: 'State', value: { type: 'enumeration', value: 1 } },
      { name: 'Cryptographic Length', value: { type: 'integer', value: 256 } },
    ]);
    expect(encodeCanonical(small)).toEqual(
      bytesOf(`
        42 01 25 01 00 00 00 20
          42 00 2A 02 00 00 00 04 00 00 01 00 00 00 00 00
          42 00 8D 05 00 00 00 04 00 00 00 01 00 00 00 00
      `),
    );
  });

  it('come back with everything, also what no 2.x has', () => {
    const back = decodeCanonical(encodeCanonical(set));
    expect(back.names()).toEqual([
      'Digest',
      'Name',
      'Operation Policy Name',
      'State',
      'acme-a',
      'x-b',
    ]);
    for (const { name, index, value } of set) {
      expect(back.instance(name, index)?.value, name).toEqual(value);
    }
    expect(back.size).toBe(set.size);
  });

  it('have the same bytes in whatever order they were added', () => {
    const other = AttributeSet.of(
      [...set].sort((left, right) => (left.name < right.name ? 1 : -1)),
    );
    expect(encodeCanonical(other)).toEqual(encodeCanonical(set));
    expect(encodeCanonical(set.with('Name', nameAttribute('third').value))).not.toEqual(
      encodeCanonical(set),
    );
  });

  it.each([
    ['the first instance', [0]],
    ['the last instance', [3]],
    ['two in the middle', [1, 2]],
    ['all but the last', [0, 1, 2]],
  ])('keep the indices of the others when %s is gone', (_, gone) => {
    const names = AttributeSet.of(['a', 'b', 'c', 'd'].map((name) => nameAttribute(name)));
    const left = gone.reduce((result, index) => result.without('Name', index), names);
    expect([...decodeCanonical(encodeCanonical(left))]).toEqual([...left]);
  });

  it('do not share their bytes with the next ones', () => {
    const first = encodeCanonical(set);
    const copy = Uint8Array.from(first);
    encodeCanonical(AttributeSet.of([{ name: 'x-z', value: { type: 'integer', value: -1 } }]));
    expect(first).toEqual(copy);
  });

  it.each([
    ['no bytes', new Uint8Array(0)],
    ['another structure', written(structure(TAG.templateAttribute))],
    ['a tag that is no attribute', written(structure(TAG.attributes, integer(TAG.batchCount, 1)))],
    [
      'a vendor that cannot be one',
      written(
        structure(
          TAG.attributes,
          structure(
            TAG.attribute,
            text(TAG.vendorIdentification, 'a-b'),
            text(TAG.attributeName, 'c'),
            integer(TAG.attributeValue, 1),
          ),
        ),
      ),
    ],
    ['an attribute of 1.x', written(structure(TAG.attributes, attribute('State')))],
    ['bytes that are cut off', encodeCanonical(set).subarray(0, 40)],
  ])('are not made up from %s', (_, bytes) => {
    expectKmipFailure(() => decodeCanonical(bytes), 'generalFailure');
  });
});
