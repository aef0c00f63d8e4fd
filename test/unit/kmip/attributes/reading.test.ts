import { describe, expect, it } from 'vitest';

import {
  readAttributeList,
  writeAttributeList,
} from '../../../../src/kmip/attributes/attribute-list.ts';
import {
  readAttributeNames,
  writeAttributeNames,
} from '../../../../src/kmip/attributes/attribute-reference.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import {
  digestAttribute,
  linkAttribute,
  nameAttribute,
} from '../../../../src/kmip/attributes/build.ts';
import { readTemplate, writeTemplate } from '../../../../src/kmip/attributes/template.ts';
import { CRYPTOGRAPHIC_ALGORITHM, LINK_TYPE } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
import { expectKmipFailure } from '../../../support/kmip/failures.ts';
import {
  attribute,
  boolean,
  bytes,
  enumeration,
  integer,
  name,
  readerOf,
  structure,
  text,
  type Piece,
} from '../../../support/kmip/hand-made.ts';
import { bytesOf, ttlvFailure, written } from '../../../support/kmip/ttlv-samples.ts';

const AES = { type: 'enumeration', value: CRYPTOGRAPHIC_ALGORITHM.aes } as const;

describe('attributes of 1.x', () => {
  it('are read from names, indices and values', () => {
    // Template-Attribute: Cryptographic Length 256; Name `k` of type Uninterpreted Text String.
    const template = bytesOf(`
      42 00 91 01 00 00 00 78
        42 00 08 01 00 00 00 30
          42 00 0A 07 00 00 00 14 43 72 79 70 74 6F 67 72 61 70 68 69 63 20 4C 65 6E 67 74 68 00 00 00 00
          42 00 0B 02 00 00 00 04 00 00 01 00 00 00 00 00
        42 00 08 01 00 00 00 38
          42 00 0A 07 00 00 00 04 4E 61 6D 65 00 00 00 00
          42 00 0B 01 00 00 00 20
            42 00 55 07 00 00 00 01 6B 00 00 00 00 00 00 00
            42 00 54 05 00 00 00 04 00 00 00 01 00 00 00 00
    `);
    const set = readTemplate(new TtlvReader(template), 10);
    expect([...set]).toEqual([
      { name: 'Cryptographic Length', index: 0, value: { type: 'integer', value: 256 } },
      { ...nameAttribute('k'), index: 0 },
    ]);
    expect(
      written((writer) => {
        writeTemplate(writer, set, 10);
      }),
    ).toEqual(template);
  });

  it('may say index 0, as MySQL does, and count on from there', () => {
    const set = template(
      14,
      attribute(
        'Cryptographic Length',
        integer(TAG.attributeIndex, 0),
        integer(TAG.attributeValue, 256),
      ),
      attribute('Name', integer(TAG.attributeIndex, 0), name(TAG.attributeValue, 'a')),
      attribute('Name', integer(TAG.attributeIndex, 1), name(TAG.attributeValue, 'b')),
    );
    expect(set.all('Name').map(({ index }) => index)).toEqual([0, 1]);
  });

  it.each([
    ['twice', [0, 0]],
    ['out of order', [1, 0]],
    ['with a gap', [0, 2]],
    ['negative', [-1]],
  ])('with an index %s are refused in what a client wants made', (_, indices) => {
    const pieces = indices.map((index) =>
      attribute('Name', integer(TAG.attributeIndex, index), name(TAG.attributeValue, 'a')),
    );
    expectKmipFailure(() => template(14, ...pieces), 'invalidField');
  });

  it('keep the indices that a server tells, which may have gaps', () => {
    const pieces = [3, 1].map((index) =>
      attribute('Name', integer(TAG.attributeIndex, index), name(TAG.attributeValue, 'a')),
    );
    const set = readAttributeList(readerOf(...pieces), 14, 'response');
    expect(set.all('Name').map(({ index }) => index)).toEqual([3, 1]);
    const twice = [3, 3].map((index) =>
      attribute('Name', integer(TAG.attributeIndex, index), name(TAG.attributeValue, 'a')),
    );
    expectKmipFailure(() => readAttributeList(readerOf(...twice), 14, 'response'), 'invalidField');
  });

  it('that name a template are refused as one that is not there', () => {
    const reader = readerOf(structure(TAG.templateAttribute, name(TAG.name, 'template')));
    expectKmipFailure(() => readTemplate(reader, 14), 'unknownTemplate');
  });

  it('that nobody knows are refused in a request and passed over in a response', () => {
    for (const unknown of ['Favourite Colour', 'state', 'acme-Tier', 'Sensitive', '']) {
      const pieces = [
        attribute(unknown, boolean(TAG.attributeValue, true)),
        attribute('Cryptographic Length', integer(TAG.attributeValue, 1)),
      ];
      const request = (): unknown => template(13, ...pieces);
      expectKmipFailure(request, unknown === '' ? 'invalidField' : 'unsupportedAttribute');
      if (unknown === '') continue;
      const response = readAttributeList(readerOf(...pieces), 13, 'response');
      expect(response.names()).toEqual(['Cryptographic Length']);
    }
  });

  it.each([
    ['an integer for an enumeration', 'Cryptographic Algorithm', integer(TAG.attributeValue, 3)],
    ['a text for a structure', 'Name', text(TAG.attributeValue, 'alpha')],
    ['a name without its type', 'Name', structure(TAG.attributeValue, text(TAG.nameValue, 'a'))],
    [
      'a name with its fields swapped',
      'Name',
      structure(TAG.attributeValue, enumeration(TAG.nameType, 1), text(TAG.nameValue, 'a')),
    ],
    [
      'a name with a field too many',
      'Name',
      structure(
        TAG.attributeValue,
        text(TAG.nameValue, 'a'),
        enumeration(TAG.nameType, 1),
        integer(TAG.batchCount, 1),
      ),
    ],
    [
      'a name of a wrong type',
      'Name',
      structure(TAG.attributeValue, integer(TAG.nameValue, 1), enumeration(TAG.nameType, 1)),
    ],
  ] as const)('with %s are refused', (_, attributeName, value) => {
    expectKmipFailure(() => template(14, attribute(attributeName, value)), 'invalidAttributeValue');
  });

  it('without a value are incomplete', () => {
    expect(ttlvFailure(() => template(14, attribute('Name'))).kind).toBe('missing-field');
  });

  it('with a field of a structure that came later are refused', () => {
    const parameters = attribute(
      'Cryptographic Parameters',
      structure(TAG.attributeValue, enumeration(TAG.cryptographicAlgorithm, 3)),
    );
    expect(template(12, parameters).size).toBe(1);
    expectKmipFailure(() => template(11, parameters), 'invalidAttributeValue');
  });

  it.each([
    [
      '65 attributes',
      Array.from({ length: 65 }, () => attribute('x-a', text(TAG.attributeValue, 'v'))),
    ],
    [
      'a name of 256 characters',
      [attribute(`x-${'a'.repeat(254)}`, text(TAG.attributeValue, 'v'))],
    ],
    ['a text of 4,097 characters', [attribute('x-a', text(TAG.attributeValue, 'v'.repeat(4097)))]],
    ['bytes of 4,097', [attribute('x-a', bytes(TAG.attributeValue, new Uint8Array(4097)))]],
    ['structures five deep', [attribute('x-a', nested(5))]],
    [
      '33 fields',
      [
        attribute(
          'x-a',
          structure(
            TAG.attributeValue,
            ...Array.from({ length: 33 }, () => integer(TAG.batchCount, 1)),
          ),
        ),
      ],
    ],
  ])('are refused beyond the limits: %s', (_, pieces) => {
    expectKmipFailure(() => template(14, ...pieces), 'invalidField');
  });

  it('are taken up to the limits', () => {
    const pieces = Array.from({ length: 61 }, () =>
      attribute('x-a', text(TAG.attributeValue, 'v')),
    );
    const set = template(
      14,
      ...pieces,
      attribute(`x-${'a'.repeat(253)}`, text(TAG.attributeValue, 'v'.repeat(4096))),
      attribute('x-b', nested(4)),
      attribute(
        'x-c',
        structure(
          TAG.attributeValue,
          ...Array.from({ length: 32 }, () => integer(TAG.batchCount, 1)),
        ),
      ),
    );
    expect(set.size).toBe(64);
  });
});

describe('attributes of 2.x', () => {
  it('are read under their own tags, those of vendors with a name', () => {
    // Attributes: Cryptographic Algorithm AES; vendor `x`, name `Tier`, value 7.
    const attributes = bytesOf(`
      42 01 25 01 00 00 00 48
        42 00 28 05 00 00 00 04 00 00 00 03 00 00 00 00
        42 00 08 01 00 00 00 30
          42 00 9D 07 00 00 00 01 78 00 00 00 00 00 00 00
          42 00 0A 07 00 00 00 04 54 69 65 72 00 00 00 00
          42 00 0B 02 00 00 00 04 00 00 00 07 00 00 00 00
    `);
    const set = readTemplate(new TtlvReader(attributes), 20);
    expect([...set]).toEqual([
      { name: 'Cryptographic Algorithm', index: 0, value: AES },
      { name: 'x-Tier', index: 0, value: { type: 'integer', value: 7 } },
    ]);
    expect(
      written((writer) => {
        writeAttributeList(writer, set, 20);
      }),
    ).toEqual(attributes);
  });

  it('are the same set as those of 1.x', () => {
    const old = template(
      14,
      attribute('Cryptographic Algorithm', enumeration(TAG.attributeValue, 3)),
      attribute('Name', name(TAG.attributeValue, 'a')),
      attribute('x-Product-Version', text(TAG.attributeValue, '1')),
    );
    const new2 = template(
      21,
      enumeration(TAG.cryptographicAlgorithm, 3),
      name(TAG.name, 'a'),
      vendor('x', 'Product-Version', text(TAG.attributeValue, '1')),
    );
    expect([...new2]).toEqual([...old]);
  });

  it('that this version does not have are refused in a request and passed over in a response', () => {
    const pieces = [text(TAG.operationPolicyName, 'default'), integer(TAG.cryptographicLength, 1)];
    expectKmipFailure(() => template(20, ...pieces), 'unsupportedAttribute');
    expectKmipFailure(() => template(20, integer(TAG.batchCount, 1)), 'unsupportedAttribute');
    expectKmipFailure(
      () => template(20, boolean(TAG.rotateAutomatic, true)),
      'unsupportedAttribute',
    );
    const response = readAttributeList(
      readerOf(structure(TAG.attributes, ...pieces)),
      20,
      'response',
    );
    expect(response.names()).toEqual(['Cryptographic Length']);
  });

  it.each([
    ['with a hyphen', 'a-b', 'Tier'],
    ['that is empty', '', 'Tier'],
    ['with a space', 'a b', 'Tier'],
  ])('of a vendor %s are refused', (_, vendorId, attributeName) => {
    const piece = vendor(vendorId, attributeName, integer(TAG.attributeValue, 1));
    expectKmipFailure(() => template(21, piece), 'unsupportedAttribute');
    const reader = readerOf(structure(TAG.attributes, piece));
    expect(readAttributeList(reader, 21, 'response').size).toBe(0);
  });

  it('are none when there is no structure', () => {
    expect(readAttributeList(readerOf(), 21, 'response')).toBe(AttributeSet.empty);
    expect(readTemplate(readerOf(), 21)).toBe(AttributeSet.empty);
    expect(readTemplate(readerOf(), 10)).toBe(AttributeSet.empty);
  });
});

describe('what a version does not know is not written', () => {
  const set = AttributeSet.of([
    { name: 'State', value: { type: 'enumeration', value: 2 } },
    { name: 'Operation Policy Name', value: { type: 'textString', value: 'default' } },
    { name: 'Fresh', value: { type: 'boolean', value: true } },
    { name: 'Sensitive', value: { type: 'boolean', value: false } },
    { name: 'acme-Tier', value: { type: 'integer', value: 1 } },
    { name: 'x-Tier', value: { type: 'integer', value: 1 } },
    { name: 'x-When', value: { type: 'dateTimeExtended', value: 1n } },
    { name: 'Cryptographic Usage Mask', value: { type: 'integer', value: 0x0010_800c } },
    {
      name: 'Cryptographic Algorithm',
      value: { type: 'enumeration', value: CRYPTOGRAPHIC_ALGORITHM.chaCha20 },
    },
    digestAttribute(Uint8Array.of(1)),
    linkAttribute(LINK_TYPE.previousLink, 'uid'),
  ]);

  it.each([
    [10, ['State', 'Operation Policy Name', 'x-Tier', 'Cryptographic Usage Mask', 'Digest']],
    [
      11,
      ['State', 'Operation Policy Name', 'Fresh', 'x-Tier', 'Cryptographic Usage Mask', 'Digest'],
    ],
    [
      20,
      [
        'State',
        'Fresh',
        'Sensitive',
        'acme-Tier',
        'x-Tier',
        'x-When',
        'Cryptographic Usage Mask',
        'Cryptographic Algorithm',
        'Digest',
        'Link',
      ],
    ],
  ] as const)('in %i', (version, names) => {
    const carried = carriedIn(set, version);
    expect(carried.names()).toEqual(names);
  });

  it('nor fields of structures, nor bits of masks', () => {
    const digest = carriedIn(set, 10).get('Digest');
    expect(digest).toEqual({
      type: 'structure',
      fields: [
        { tag: TAG.hashingAlgorithm, value: { type: 'enumeration', value: 6 } },
        { tag: TAG.digestValue, value: { type: 'byteString', value: Uint8Array.of(1) } },
      ],
    });
    expect(carriedIn(set, 14).get('Digest')).toEqual(set.get('Digest'));
    expect(carriedIn(set, 14).integer('Cryptographic Usage Mask')).toBe(0x800c);
    expect(carriedIn(set, 21).integer('Cryptographic Usage Mask')).toBe(0x0010_000c);
  });
});

describe('attributes that are asked for', () => {
  it('are named by text in 1.x', () => {
    const reader = readerOf(
      text(TAG.attributeName, 'State'),
      text(TAG.attributeName, 'x-Product_Version'),
    );
    expect(readAttributeNames(reader, 14)).toEqual(['State', 'x-Product_Version']);
  });

  it('are named in 2.x by tag, by vendor and name, and as clients do it besides', () => {
    const reader = readerOf(
      enumeration(TAG.attributeReference, TAG.state),
      structure(
        TAG.attributeReference,
        text(TAG.vendorIdentification, 'x'),
        text(TAG.attributeName, 'Tier'),
      ),
      // Percona's client.
      structure(
        TAG.attributeReference,
        enumeration(TAG.attributeReference, TAG.cryptographicLength),
      ),
      structure(TAG.attributeReference, text(TAG.attributeName, 'Name')),
      text(TAG.attributeName, 'Digest'),
      enumeration(TAG.attributeReference, 0x420999),
    );
    expect(readAttributeNames(reader, 20)).toEqual([
      'State',
      'x-Tier',
      'Cryptographic Length',
      'Name',
      'Digest',
      '0x420999',
    ]);
  });

  it('are written in the form of the version, without what it does not know', () => {
    const names = ['State', 'x-Tier', 'acme-Tier', 'Operation Policy Name', 'Sensitive', 'none'];
    const readBack = (version: KmipVersion): string[] =>
      readAttributeNames(
        new TtlvReader(
          written((writer) => {
            writeAttributeNames(writer, names, version);
          }),
        ),
        version,
      );
    expect(readBack(10)).toEqual(['State', 'x-Tier', 'Operation Policy Name']);
    expect(readBack(14)).toEqual(['State', 'x-Tier', 'Operation Policy Name', 'Sensitive']);
    expect(readBack(20)).toEqual(['State', 'x-Tier', 'acme-Tier', 'Sensitive']);
  });

  it('are refused when their names are too long or too many', () => {
    const long = readerOf(text(TAG.attributeName, 'x'.repeat(256)));
    expectKmipFailure(() => readAttributeNames(long, 10), 'invalidField');
    const longVendor = readerOf(
      structure(
        TAG.attributeReference,
        text(TAG.vendorIdentification, 'x'.repeat(255)),
        text(TAG.attributeName, 'y'),
      ),
    );
    expectKmipFailure(() => readAttributeNames(longVendor, 20), 'invalidField');
    const many = readerOf(...Array.from({ length: 129 }, () => text(TAG.attributeName, 'State')));
    expectKmipFailure(() => readAttributeNames(many, 10), 'invalidField');
  });
});

function template(version: KmipVersion, ...pieces: readonly Piece[]): AttributeSet {
  const tag = version >= 20 ? TAG.attributes : TAG.templateAttribute;
  return readTemplate(readerOf(structure(tag, ...pieces)), version);
}

function carriedIn(set: AttributeSet, version: KmipVersion): AttributeSet {
  const bytes = written((writer) => {
    writeAttributeList(writer, set, version);
  });
  return readAttributeList(new TtlvReader(bytes), version, 'response');
}

function vendor(id: string, attributeName: string, value: Piece): Piece {
  return structure(
    TAG.attribute,
    text(TAG.vendorIdentification, id),
    text(TAG.attributeName, attributeName),
    value,
  );
}

function nested(depth: number): Piece {
  let piece = structure(depth === 1 ? TAG.attributeValue : TAG.vendorExtension);
  for (let level = depth - 1; level > 0; level -= 1) {
    piece = structure(level === 1 ? TAG.attributeValue : TAG.vendorExtension, piece);
  }
  return piece;
}
