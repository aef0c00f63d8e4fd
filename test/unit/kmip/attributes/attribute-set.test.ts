import { describe, expect, it } from 'vitest';

import {
  isMultiValued,
  isNameIn,
  isStandardName,
  isVendorName,
  vendorName,
  vendorParts,
  type StandardAttributeName,
} from '../../../../src/kmip/attributes/attribute-name.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { digestAttribute, nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { fieldOf, sameValue, type TtlvValue } from '../../../../src/kmip/attributes/value.ts';
import { ATTRIBUTES } from '../../../../src/kmip/tables/attributes.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';

const integer = (value: number): TtlvValue => ({ type: 'integer', value });
const text = (value: string): TtlvValue => ({ type: 'textString', value });

describe('an attribute set', () => {
  const set = AttributeSet.empty
    .with('Cryptographic Length', integer(256))
    .with('Name', nameAttribute('a').value)
    .with('x-Owner', text('me'))
    .with('Name', nameAttribute('b').value);

  it('keeps the order in which attributes were added, and every instance of a multi-valued one', () => {
    expect([...set].map(({ name, index }) => [name, index])).toEqual([
      ['Cryptographic Length', 0],
      ['Name', 0],
      ['x-Owner', 0],
      ['Name', 1],
    ]);
    expect(set.names()).toEqual(['Cryptographic Length', 'Name', 'x-Owner']);
    expect(set.size).toBe(4);
  });

  it('replaces the value of a single-valued attribute where it stands', () => {
    const changed = set.with('Cryptographic Length', integer(128));
    expect([...changed][0]).toEqual({
      name: 'Cryptographic Length',
      index: 0,
      value: integer(128),
    });
    expect(changed.size).toBe(set.size);
    expect(set.integer('Cryptographic Length')).toBe(256);
  });

  it('takes several at once as it takes one', () => {
    const more = AttributeSet.of([
      { name: 'Cryptographic Length', value: integer(192) },
      { name: 'Name', value: nameAttribute('c').value },
    ]);
    const both = set.withAll(more);
    expect(both.integer('Cryptographic Length')).toBe(192);
    expect(both.all('Name').map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it('keeps the indices of those that are left when an instance goes', () => {
    const left = set.without('Name', 0);
    expect(left.all('Name').map(({ index }) => index)).toEqual([1]);
    expect(left.instance('Name', 1)?.value).toEqual(nameAttribute('b').value);
    expect(left.instance('Name', 0)).toBeUndefined();
    expect(left.with('Name', nameAttribute('c').value).instance('Name', 2)).toBeDefined();
    expect(set.without('Name').has('Name')).toBe(false);
    expect(set.without('State').size).toBe(set.size);
  });

  it('changes one instance by its index', () => {
    const changed = set.replace('Name', 1, nameAttribute('z').value);
    expect(changed?.instance('Name', 1)?.value).toEqual(nameAttribute('z').value);
    expect(changed?.instance('Name', 0)?.value).toEqual(nameAttribute('a').value);
    expect(set.replace('Name', 2, nameAttribute('z').value)).toBeUndefined();
  });

  it('says what an attribute is only when it is of that type', () => {
    const values = AttributeSet.of([
      { name: 'x-text', value: text('t') },
      { name: 'x-integer', value: integer(1) },
      { name: 'x-boolean', value: { type: 'boolean', value: false } },
      { name: 'x-date', value: { type: 'dateTime', value: 5n } },
      { name: 'x-enumeration', value: { type: 'enumeration', value: 2 } },
    ]);
    expect(values.text('x-text')).toBe('t');
    expect(values.integer('x-integer')).toBe(1);
    expect(values.boolean('x-boolean')).toBe(false);
    expect(values.date('x-date')).toBe(5n);
    expect(values.enumeration('x-enumeration')).toBe(2);
    for (const { name } of values) {
      const answers = [
        values.text(name),
        values.integer(name),
        values.boolean(name),
        values.date(name),
        values.enumeration(name),
      ];
      expect(answers.filter((answer) => answer !== undefined).length, name).toBe(1);
    }
    expect(values.get('x-none')).toBeUndefined();
  });

  it('can be narrowed to names, known or not', () => {
    expect(set.select(['Name', 'no such attribute']).names()).toEqual(['Name']);
    expect(set.select(['Name']).size).toBe(2);
  });
});

describe('attribute names', () => {
  it('are those of the tables', () => {
    const names = Object.keys(EVERY_NAME);
    expect(names.sort()).toEqual(ATTRIBUTES.map(({ name }) => name).sort());
    for (const name of names) {
      expect(isStandardName(name)).toBe(true);
      expect(isVendorName(name), name).toBe(false);
    }
  });

  it('of vendors come apart at the first hyphen', () => {
    expect(vendorParts('x-Product-Version')).toEqual({ vendor: 'x', name: 'Product-Version' });
    expect(vendorName('acme.corp', 'Tier')).toBe('acme.corp-Tier');
    expect(vendorName('a-b', 'Tier')).toBeUndefined();
    expect(vendorName('', 'Tier')).toBeUndefined();
    expect(vendorName('x', '')).toBeUndefined();
    expect(vendorName('mit Leerzeichen', 'Tier')).toBeUndefined();
  });

  it('of vendors other than x and y are of 2.x', () => {
    expect(isNameIn('x-Tier', 10)).toBe(true);
    expect(isNameIn('y-Tier', 14)).toBe(true);
    expect(isNameIn('acme-Tier', 14)).toBe(false);
    expect(isNameIn('acme-Tier', 20)).toBe(true);
  });

  it('live as long as the specification has them', () => {
    expect(isNameIn('Operation Policy Name', 14)).toBe(true);
    expect(isNameIn('Operation Policy Name', 20)).toBe(false);
    expect(isNameIn('Sensitive', 13)).toBe(false);
    expect(isNameIn('Sensitive', 14)).toBe(true);
  });

  it('say how many values there can be', () => {
    expect(isMultiValued('Name')).toBe(true);
    expect(isMultiValued('State')).toBe(false);
    expect(isMultiValued('x-anything')).toBe(true);
  });
});

describe('attribute values', () => {
  it('are the same when type and content are', () => {
    const digest = digestAttribute(Uint8Array.of(1, 2)).value;
    expect(sameValue(digest, digestAttribute(Uint8Array.of(1, 2)).value)).toBe(true);
    expect(sameValue(digest, digestAttribute(Uint8Array.of(1, 3)).value)).toBe(false);
    expect(sameValue(digest, text('x'))).toBe(false);
    expect(sameValue(integer(1), { type: 'enumeration', value: 1 })).toBe(false);
    expect(sameValue(integer(1), integer(1))).toBe(true);
  });

  it('have fields when they are structures', () => {
    const value = nameAttribute('a').value;
    expect(fieldOf(value, TAG.nameValue)).toEqual(text('a'));
    expect(fieldOf(value, TAG.state)).toBeUndefined();
    expect(fieldOf(text('a'), TAG.nameValue)).toBeUndefined();
    expect(fieldOf(undefined, TAG.nameValue)).toBeUndefined();
  });
});

/** The compiler refuses a name that is missing here or too many. */
const EVERY_NAME: Readonly<Record<StandardAttributeName, true>> = {
  'Activation Date': true,
  'Alternative Name': true,
  'Always Sensitive': true,
  'Application Specific Information': true,
  'Archive Date': true,
  'Certificate Identifier': true,
  'Certificate Issuer': true,
  'Certificate Issuer C': true,
  'Certificate Issuer CN': true,
  'Certificate Issuer DC': true,
  'Certificate Issuer DN Qualifier': true,
  'Certificate Issuer Email': true,
  'Certificate Issuer L': true,
  'Certificate Issuer O': true,
  'Certificate Issuer OU': true,
  'Certificate Issuer ST': true,
  'Certificate Issuer Serial Number': true,
  'Certificate Issuer Title': true,
  'Certificate Issuer UID': true,
  'Certificate Length': true,
  'Certificate Subject': true,
  'Certificate Subject C': true,
  'Certificate Subject CN': true,
  'Certificate Subject DC': true,
  'Certificate Subject DN Qualifier': true,
  'Certificate Subject Email': true,
  'Certificate Subject L': true,
  'Certificate Subject O': true,
  'Certificate Subject OU': true,
  'Certificate Subject ST': true,
  'Certificate Subject Serial Number': true,
  'Certificate Subject Title': true,
  'Certificate Subject UID': true,
  'Certificate Type': true,
  Comment: true,
  'Compromise Date': true,
  'Compromise Occurrence Date': true,
  'Contact Information': true,
  'Cryptographic Algorithm': true,
  'Cryptographic Domain Parameters': true,
  'Cryptographic Length': true,
  'Cryptographic Parameters': true,
  'Cryptographic Usage Mask': true,
  'Deactivation Date': true,
  Description: true,
  'Destroy Date': true,
  Digest: true,
  'Digital Signature Algorithm': true,
  Extractable: true,
  Fresh: true,
  'Initial Date': true,
  'Key Format Type': true,
  'Key Value Location': true,
  'Key Value Present': true,
  'Last Change Date': true,
  'Lease Time': true,
  Link: true,
  'NIST Key Type': true,
  Name: true,
  'Never Extractable': true,
  'Object Group': true,
  'Object Type': true,
  'Opaque Data Type': true,
  'Operation Policy Name': true,
  'Original Creation Date': true,
  'PKCS#12 Friendly Name': true,
  'Process Start Date': true,
  'Protect Stop Date': true,
  'Protection Level': true,
  'Protection Period': true,
  'Protection Storage Mask': true,
  'Quantum Safe': true,
  'Random Number Generator': true,
  'Revocation Reason': true,
  'Rotate Automatic': true,
  'Rotate Date': true,
  'Rotate Generation': true,
  'Rotate Interval': true,
  'Rotate Latest': true,
  'Rotate Name': true,
  'Rotate Offset': true,
  Sensitive: true,
  'Short Unique Identifier': true,
  State: true,
  'Unique Identifier': true,
  'Usage Limits': true,
  'X.509 Certificate Identifier': true,
  'X.509 Certificate Issuer': true,
  'X.509 Certificate Subject': true,
};
