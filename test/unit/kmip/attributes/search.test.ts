import { describe, expect, it } from 'vitest';

import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { linkAttribute, nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { matches } from '../../../../src/kmip/attributes/matches.ts';
import { searchTerms } from '../../../../src/kmip/attributes/search-terms.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';

const text = (value: string) => ({ type: 'textString', value }) as const;
const integer = (value: number) => ({ type: 'integer', value }) as const;
const enumeration = (value: number) => ({ type: 'enumeration', value }) as const;
const date = (value: bigint) => ({ type: 'dateTime', value }) as const;

const applicationData = (namespace: string, data?: string): NewAttribute => ({
  name: 'Application Specific Information',
  value: {
    type: 'structure',
    fields: [
      { tag: TAG.applicationNamespace, value: text(namespace) },
      ...(data === undefined ? [] : [{ tag: TAG.applicationData, value: text(data) }]),
    ],
  },
});

const OBJECT = AttributeSet.of([
  { name: 'Object Type', value: enumeration(2) },
  { name: 'State', value: enumeration(2) },
  { name: 'Cryptographic Length', value: integer(256) },
  { name: 'Cryptographic Usage Mask', value: integer(0b1100) },
  { name: 'Activation Date', value: date(100n) },
  nameAttribute('alpha'),
  nameAttribute('beta', 2),
  { name: 'Object Group', value: text('group') },
  { name: 'Contact Information', value: text('me') },
  { name: 'Operation Policy Name', value: text('default') },
  applicationData('ns', 'data'),
  linkAttribute(0x107, 'other'),
  { name: 'x-text', value: text('1') },
  { name: 'x-integer', value: integer(1) },
  { name: 'x-bytes', value: { type: 'byteString', value: Uint8Array.of(0xab) } },
  { name: 'x-structure', value: { type: 'structure', fields: [] } },
]);

describe('search terms', () => {
  it('are what clients look objects up by', () => {
    expect(searchTerms(OBJECT)).toEqual([
      { name: 'Name', value: 'alpha' },
      { name: 'Name', value: 'beta' },
      { name: 'Object Group', value: 'group' },
      { name: 'Contact Information', value: 'me' },
      { name: 'Operation Policy Name', value: 'default' },
      { name: 'Application Specific Information', value: '["ns","data"]' },
      { name: 'x-text', value: 'textString:1' },
      { name: 'x-integer', value: 'integer:1' },
      { name: 'x-bytes', value: 'byteString:ab' },
    ]);
  });

  it('are each there once', () => {
    const twice = AttributeSet.of([nameAttribute('alpha'), nameAttribute('alpha', 2)]);
    expect(searchTerms(twice)).toEqual([{ name: 'Name', value: 'alpha' }]);
  });

  it('are not made of what an index should not hold, nor of half a value', () => {
    const set = AttributeSet.of([
      nameAttribute('n'.repeat(513)),
      applicationData('ns'),
      { name: 'Cryptographic Length', value: integer(256) },
    ]);
    expect(searchTerms(set)).toEqual([]);
  });

  it('do not confuse where a value ends', () => {
    const left = AttributeSet.of([applicationData('a', 'b","c')]);
    const right = AttributeSet.of([applicationData('a","b', 'c')]);
    expect(searchTerms(left)).not.toEqual(searchTerms(right));
  });
});

describe('an object matches', () => {
  it.each<[string, readonly NewAttribute[]]>([
    ['no filter at all', []],
    ['its name', [nameAttribute('alpha')]],
    ['both its names', [nameAttribute('alpha'), nameAttribute('beta', 2)]],
    [
      'its name without the type',
      [
        {
          name: 'Name',
          value: { type: 'structure', fields: [{ tag: TAG.nameValue, value: text('beta') }] },
        },
      ],
    ],
    [
      'enumerations and integers',
      [
        { name: 'State', value: enumeration(2) },
        { name: 'Cryptographic Length', value: integer(256) },
      ],
    ],
    ['a usage it has among others', [{ name: 'Cryptographic Usage Mask', value: integer(0b0100) }]],
    ['a usage of nothing', [{ name: 'Cryptographic Usage Mask', value: integer(0) }]],
    ['its date', [{ name: 'Activation Date', value: date(100n) }]],
    [
      'dates around it',
      [
        { name: 'Activation Date', value: date(1n) },
        { name: 'Activation Date', value: date(200n) },
      ],
    ],
    [
      'dates around it, the later first',
      [
        { name: 'Activation Date', value: date(200n) },
        { name: 'Activation Date', value: date(1n) },
      ],
    ],
    [
      'dates that end at it',
      [
        { name: 'Activation Date', value: date(100n) },
        { name: 'Activation Date', value: date(100n) },
      ],
    ],
    ['part of its application data', [applicationData('ns')]],
    ['a custom attribute', [{ name: 'x-text', value: text('1') }]],
    ['bytes', [{ name: 'x-bytes', value: { type: 'byteString', value: Uint8Array.of(0xab) } }]],
  ])('%s', (_, filters) => {
    expect(matches(OBJECT, AttributeSet.of(filters))).toBe(true);
  });

  it.each<[string, readonly NewAttribute[]]>([
    ['another name', [nameAttribute('gamma')]],
    ['its name of another type', [nameAttribute('alpha', 2)]],
    ['one name it has and one it has not', [nameAttribute('alpha'), nameAttribute('gamma')]],
    ['the name of the one with the type of the other', [nameAttribute('beta', 1)]],
    ['another state', [{ name: 'State', value: enumeration(1) }]],
    [
      'a usage it has with one it has not',
      [{ name: 'Cryptographic Usage Mask', value: integer(0b0101) }],
    ],
    ['another date', [{ name: 'Activation Date', value: date(99n) }]],
    [
      'dates before it',
      [
        { name: 'Activation Date', value: date(1n) },
        { name: 'Activation Date', value: date(99n) },
      ],
    ],
    [
      'dates after it',
      [
        { name: 'Activation Date', value: date(101n) },
        { name: 'Activation Date', value: date(200n) },
      ],
    ],
    ['a date of something it has no date of', [{ name: 'Destroy Date', value: date(1n) }]],
    [
      'a range of something it has no date of',
      [
        { name: 'Destroy Date', value: date(1n) },
        { name: 'Destroy Date', value: date(2n) },
      ],
    ],
    ['other application data', [applicationData('ns', 'other')]],
    ['an attribute it does not have', [{ name: 'x-none', value: text('1') }]],
    ['a custom attribute of another type', [{ name: 'x-text', value: integer(1) }]],
    ['group in another case', [{ name: 'Object Group', value: text('GROUP') }]],
  ])('not %s', (_, filters) => {
    expect(matches(OBJECT, AttributeSet.of(filters))).toBe(false);
  });

  it('whatever the terms of the filters say, when it carries them', () => {
    const filters = AttributeSet.of([
      nameAttribute('alpha', 2),
      { name: 'x-text', value: text('1') },
    ]);
    const terms = searchTerms(OBJECT);
    for (const term of searchTerms(filters)) expect(terms).toContainEqual(term);
    expect(matches(OBJECT, filters)).toBe(false);
  });
});
