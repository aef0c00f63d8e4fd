import { describe, expect, it } from 'vitest';

import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import {
  validateAttributeChange,
  validateClientAttributes,
  type ClientAttributesContext,
} from '../../../../src/kmip/attributes/validate.ts';
import { resultReason, type Failure } from '../../../../src/kmip/failure.ts';
import { OBJECT_TYPE } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
import { expectKmipFailure, kmipFailure } from '../../../support/kmip/failures.ts';

const integer = (value: number) => ({ type: 'integer', value }) as const;
const text = (value: string) => ({ type: 'textString', value }) as const;
const enumeration = (value: number) => ({ type: 'enumeration', value }) as const;
const date = (value: bigint) => ({ type: 'dateTime', value }) as const;
const boolean = (value: boolean) => ({ type: 'boolean', value }) as const;

const AES_KEY: readonly NewAttribute[] = [
  { name: 'Cryptographic Algorithm', value: enumeration(3) },
  { name: 'Cryptographic Length', value: integer(256) },
  { name: 'Cryptographic Usage Mask', value: integer(12) },
];

const CREATE: ClientAttributesContext = {
  operation: 'create',
  objectType: OBJECT_TYPE.symmetricKey,
};
const REGISTER_SECRET: ClientAttributesContext = {
  operation: 'register',
  objectType: OBJECT_TYPE.secretData,
};

describe('attributes that a client makes an object with', () => {
  it.each<[string, readonly NewAttribute[], KmipVersion]>([
    ['algorithm, length and usage', [], 10],
    ['names', [nameAttribute('a'), nameAttribute('urn:b', 2)], 10],
    ['the mask of MySQL', [{ name: 'Cryptographic Usage Mask', value: integer(2108) }], 11],
    [
      'an activation date',
      [
        { name: 'Activation Date', value: date(5n) },
        { name: 'Deactivation Date', value: date(5n) },
      ],
      12,
    ],
    ['a policy of 1.x', [{ name: 'Operation Policy Name', value: text('default') }], 14],
    [
      'custom attributes',
      [
        { name: 'x-a', value: text('') },
        { name: 'x-a', value: integer(0) },
      ],
      10,
    ],
    ['vendor attributes', [{ name: 'acme-a', value: text('') }], 20],
    [
      'sensitivity',
      [
        { name: 'Sensitive', value: boolean(true) },
        { name: 'Extractable', value: boolean(false) },
      ],
      14,
    ],
    ['a protection level', [{ name: 'Protection Level', value: enumeration(1) }], 21],
  ])('may be %s', (_, more, version) => {
    const others = AES_KEY.filter(({ name }) => !more.some((one) => one.name === name));
    expect(() => {
      validateClientAttributes(AttributeSet.of([...others, ...more]), version, CREATE);
    }).not.toThrow();
  });

  it('may have a usage of nothing when they are registered, as MongoDB does it', () => {
    const attributes = AttributeSet.of([{ name: 'Cryptographic Usage Mask', value: integer(0) }]);
    expect(() => {
      validateClientAttributes(attributes, 10, REGISTER_SECRET);
    }).not.toThrow();
    expectKmipFailure(() => {
      validateClientAttributes(
        AttributeSet.of([
          ...AES_KEY.slice(0, 2),
          { name: 'Cryptographic Usage Mask', value: integer(0) },
        ]),
        10,
        CREATE,
      );
    }, 'invalidAttributeValue');
  });

  it.each<[string, readonly NewAttribute[], KmipVersion, Failure]>([
    ['a state', [{ name: 'State', value: enumeration(2) }], 14, 'attributeReadOnly'],
    [
      'a unique identifier',
      [{ name: 'Unique Identifier', value: text('mine') }],
      14,
      'attributeReadOnly',
    ],
    [
      'a custom attribute of the server',
      [{ name: 'y-a', value: text('v') }],
      14,
      'attributeReadOnly',
    ],
    [
      'a date of another certificate',
      [{ name: 'Certificate Type', value: enumeration(1) }],
      14,
      'invalidAttribute',
    ],
    [
      'an attribute of a later version',
      [{ name: 'Sensitive', value: boolean(true) }],
      13,
      'unsupportedAttribute',
    ],
    [
      'an attribute of an earlier version',
      [{ name: 'Operation Policy Name', value: text('default') }],
      20,
      'unsupportedAttribute',
    ],
    [
      'two contacts',
      [
        { name: 'Contact Information', value: text('a') },
        { name: 'Contact Information', value: text('b') },
      ],
      14,
      'attributeSingleValued',
    ],
    ['a name of nothing', [nameAttribute('')], 14, 'invalidAttributeValue'],
    ['a name of 1,025 characters', [nameAttribute('n'.repeat(1025))], 14, 'invalidAttributeValue'],
    ['a name of an unknown type', [nameAttribute('n', 3)], 14, 'invalidAttributeValue'],
    [
      'a group of nothing',
      [{ name: 'Object Group', value: text('') }],
      14,
      'invalidAttributeValue',
    ],
    [
      'an end before the beginning',
      [
        { name: 'Activation Date', value: date(5n) },
        { name: 'Deactivation Date', value: date(4n) },
      ],
      14,
      'invalidAttributeValue',
    ],
    [
      'a process start before the activation',
      [
        { name: 'Activation Date', value: date(5n) },
        { name: 'Process Start Date', value: date(4n) },
      ],
      14,
      'invalidAttributeValue',
    ],
    [
      'a protect stop behind the end',
      [
        { name: 'Deactivation Date', value: date(5n) },
        { name: 'Protect Stop Date', value: date(6n) },
      ],
      14,
      'invalidAttributeValue',
    ],
    [
      'no usage left',
      [
        {
          name: 'Usage Limits',
          value: {
            type: 'structure',
            fields: [
              { tag: TAG.usageLimitsTotal, value: { type: 'longInteger', value: 0n } },
              { tag: TAG.usageLimitsUnit, value: enumeration(1) },
            ],
          },
        },
      ],
      14,
      'invalidAttributeValue',
    ],
    [
      'an unknown protection level',
      [{ name: 'Protection Level', value: enumeration(9) }],
      21,
      'invalidAttributeValue',
    ],
  ])('may not be %s', (_, more, version, failure) => {
    expectKmipFailure(() => {
      validateClientAttributes(AttributeSet.of([...AES_KEY, ...more]), version, CREATE);
    }, failure);
  });

  it.each([
    ['Cryptographic Length', 0],
    ['Cryptographic Length', -128],
    ['Cryptographic Length', 255],
    ['Cryptographic Length', 512],
    ['Cryptographic Usage Mask', 0x0100_0000],
    ['Cryptographic Usage Mask', -1],
  ] as const)('may not have a %s of %i', (name, value) => {
    const attributes = AttributeSet.of(AES_KEY).with(name, integer(value));
    expectKmipFailure(() => {
      validateClientAttributes(attributes, 14, CREATE);
    }, 'invalidAttributeValue');
  });

  it('may not have an algorithm that nobody knows; extensions are for the server to judge', () => {
    const unknown = AttributeSet.of(AES_KEY).with('Cryptographic Algorithm', enumeration(0x1234));
    expectKmipFailure(() => {
      validateClientAttributes(unknown, 14, CREATE);
    }, 'invalidAttributeValue');
    const extension = unknown.with('Cryptographic Algorithm', enumeration(0x8000_0001));
    expect(() => {
      validateClientAttributes(extension, 14, CREATE);
    }).not.toThrow();
  });

  it.each(['Cryptographic Algorithm', 'Cryptographic Length', 'Cryptographic Usage Mask'] as const)(
    'must have a %s when a key is created',
    (name) => {
      const failure = kmipFailure(() => {
        validateClientAttributes(AttributeSet.of(AES_KEY).without(name), 14, CREATE);
      });
      expect(failure.message).toBe(`${name} is missing`);
      expect(resultReason(failure.failure, 14)).toBe(0x07);
      expect(resultReason(failure.failure, 21)).toBe(0x2d);
    },
  );

  it("are not repeated in the answer when they are the client's own", () => {
    const attributes = AttributeSet.of([
      ...AES_KEY,
      { name: 'y-my-secret-project', value: text('v') },
    ]);
    const failure = kmipFailure(() => {
      validateClientAttributes(attributes, 14, CREATE);
    });
    expect(failure.message).not.toContain('secret');
  });
});

describe('a change that a client wants of one attribute', () => {
  const OBJECT = AttributeSet.of([
    ...AES_KEY,
    { name: 'State', value: enumeration(1) },
    nameAttribute('a'),
    { name: 'Contact Information', value: text('me') },
    { name: 'x-a', value: text('v') },
  ]);
  const change = (
    operation: 'add' | 'modify' | 'set' | 'delete',
    name: string,
    version: KmipVersion = 21,
  ): string =>
    validateAttributeChange(OBJECT, version, OBJECT_TYPE.symmetricKey, { operation, name });

  it.each([
    ['add', 'Name'],
    ['add', 'x-b'],
    ['add', 'Object Group'],
    ['add', 'Activation Date'],
    ['modify', 'Name'],
    ['modify', 'x-a'],
    ['set', 'Contact Information'],
    ['set', 'Activation Date'],
    ['delete', 'Name'],
    ['delete', 'Contact Information'],
    ['delete', 'x-a'],
  ] as const)('may %s %s', (operation, name) => {
    expect(change(operation, name)).toBe(name);
  });

  it('may add the policy that VAST adds, where there are policies', () => {
    expect(change('add', 'Operation Policy Name', 14)).toBe('Operation Policy Name');
    expectKmipFailure(() => change('add', 'Operation Policy Name', 20), 'unsupportedAttribute');
  });

  it.each([
    ['add', 'State', 'attributeReadOnly'],
    ['modify', 'State', 'attributeReadOnly'],
    ['set', 'State', 'attributeReadOnly'],
    ['delete', 'State', 'attributeReadOnly'],
    ['modify', 'Cryptographic Length', 'attributeReadOnly'],
    ['delete', 'Cryptographic Length', 'attributeReadOnly'],
    ['add', 'y-a', 'attributeReadOnly'],
    ['add', 'Contact Information', 'attributeSingleValued'],
    ['add', 'no such attribute', 'unsupportedAttribute'],
    ['delete', 'no such attribute', 'attributeNotFound'],
    ['delete', 'Object Group', 'attributeNotFound'],
    ['modify', 'x-none', 'attributeNotFound'],
    ['set', 'Name', 'invalidAttribute'],
    ['set', 'x-a', 'invalidAttribute'],
    ['add', 'Certificate Type', 'invalidAttribute'],
  ] as const)('may not %s %s', (operation, name, failure) => {
    expectKmipFailure(() => change(operation, name), failure);
  });

  it('is refused when the value is impossible or the object full', () => {
    expectKmipFailure(
      () =>
        validateAttributeChange(OBJECT, 14, OBJECT_TYPE.symmetricKey, {
          operation: 'modify',
          name: 'Name',
          value: nameAttribute('').value,
        }),
      'invalidAttributeValue',
    );
    const full = AttributeSet.of(
      Array.from({ length: 64 }, () => ({ name: 'x-a', value: text('v') }) as const),
    );
    expectKmipFailure(
      () =>
        validateAttributeChange(full, 14, 2, { operation: 'add', name: 'x-a', value: text('v') }),
      'serverLimitExceeded',
    );
  });
});
