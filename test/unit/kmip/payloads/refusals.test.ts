import { describe, expect, it } from 'vitest';

import type { Failure } from '../../../../src/kmip/failure.ts';
import { PAYLOADS } from '../../../../src/kmip/payloads/index.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { deleteAttribute } from '../../../../src/kmip/payloads/delete-attribute.ts';
import { discoverVersions } from '../../../../src/kmip/payloads/discover-versions.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { locate } from '../../../../src/kmip/payloads/locate.ts';
import { modifyAttribute } from '../../../../src/kmip/payloads/modify-attribute.ts';
import { query } from '../../../../src/kmip/payloads/query.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import { setAttribute } from '../../../../src/kmip/payloads/set-attribute.ts';
import { ENUMERATIONS, OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
import { expectKmipFailure } from '../../../support/kmip/failures.ts';
import {
  attribute,
  boolean,
  bytes,
  date,
  enumeration,
  integer,
  name,
  requestPayload,
  structure,
  text,
  version,
  type Piece,
} from '../../../support/kmip/hand-made.ts';
import { written } from '../../../support/kmip/ttlv-samples.ts';

interface Decoder {
  decodeRequest(reader: TtlvReader, version: KmipVersion): unknown;
}

const UID = text(TAG.uniqueIdentifier, 'uid');
const TEMPLATE = structure(TAG.templateAttribute);
const KEY_VALUE = structure(TAG.keyValue, bytes(TAG.keyMaterial, new Uint8Array(16)));

describe('the payloads', () => {
  it('are named and dated as in the tables', () => {
    const operations = ENUMERATIONS.find((set) => set.name === 'Operation')?.values ?? [];
    expect(PAYLOADS.size).toBe(19);
    for (const [operation, codec] of PAYLOADS) {
      const facts = operations.find(({ value }) => value === operation);
      expect(codec).toMatchObject({ operation, name: facts?.name, since: facts?.since });
    }
  });
});

describe('a payload is refused', () => {
  it.each<[string, Decoder, KmipVersion, readonly Piece[], Failure]>([
    ['an identifier twice', activate, 14, [UID, UID], 'invalidMessage'],
    ['an unknown field', activate, 14, [UID, integer(TAG.batchCount, 1)], 'invalidField'],
    ['fields out of order', get, 14, [enumeration(TAG.keyFormatType, 1), UID], 'invalidField'],
    ['a field of a wrong type', get, 14, [UID, integer(TAG.keyFormatType, 1)], 'invalidField'],
    [
      'an identifier of a wrong type',
      activate,
      14,
      [integer(TAG.uniqueIdentifier, 1)],
      'invalidField',
    ],
    [
      'an identifier of 256 characters',
      activate,
      14,
      [text(TAG.uniqueIdentifier, 'u'.repeat(256))],
      'invalidField',
    ],
    [
      'an identifier by operation',
      activate,
      21,
      [enumeration(TAG.uniqueIdentifier, 3)],
      'featureNotSupported',
    ],
    ['a key wrap type before 1.4', get, 13, [UID, enumeration(TAG.keyWrapType, 1)], 'invalidField'],
    ['an object without a type', create, 14, [TEMPLATE], 'invalidField'],
    ['nothing at all', create, 14, [], 'missingData'],
    [
      'two templates',
      create,
      14,
      [enumeration(TAG.objectType, 2), TEMPLATE, TEMPLATE],
      'invalidMessage',
    ],
    [
      'the form of 2.x in 1.x',
      create,
      14,
      [enumeration(TAG.objectType, 2), structure(TAG.attributes)],
      'invalidField',
    ],
    [
      'the form of 1.x in 2.x',
      create,
      20,
      [enumeration(TAG.objectType, 2), TEMPLATE],
      'invalidField',
    ],
    [
      'storage masks in 1.x',
      create,
      14,
      [enumeration(TAG.objectType, 2), TEMPLATE, structure(TAG.protectionStorageMasks)],
      'invalidField',
    ],
    [
      '17 storage masks',
      create,
      20,
      [
        enumeration(TAG.objectType, 2),
        structure(
          TAG.protectionStorageMasks,
          ...Array.from({ length: 17 }, () => integer(TAG.protectionStorageMask, 1)),
        ),
      ],
      'invalidField',
    ],
    ['a negative number of items', locate, 14, [integer(TAG.maximumItems, -1)], 'invalidField'],
    ['a negative offset', locate, 14, [integer(TAG.offsetItems, -1)], 'invalidField'],
    ['an offset before 1.3', locate, 12, [integer(TAG.offsetItems, 1)], 'invalidField'],
    [
      'a group member before 1.1',
      locate,
      10,
      [enumeration(TAG.objectGroupMember, 1)],
      'invalidField',
    ],
    [
      'three dates',
      locate,
      14,
      [1n, 2n, 3n].map((day) => attribute('Initial Date', date(TAG.attributeValue, day))),
      'invalidField',
    ],
    [
      'a template beside attributes',
      locate,
      10,
      [attribute('Name', name(TAG.attributeValue, 'a')), TEMPLATE],
      'invalidField',
    ],
    ['no reason to revoke', revoke, 14, [UID], 'missingData'],
    [
      '65 query functions',
      query,
      14,
      Array.from({ length: 65 }, () => enumeration(TAG.queryFunction, 1)),
      'invalidField',
    ],
    [
      '65 versions',
      discoverVersions,
      14,
      Array.from({ length: 65 }, () => version(1, 4)),
      'invalidField',
    ],
    [
      'parameters that are no structure',
      encrypt,
      14,
      [UID, integer(TAG.cryptographicParameters, 1)],
      'invalidField',
    ],
    [
      'parameters of a later version',
      encrypt,
      13,
      [UID, structure(TAG.cryptographicParameters, integer(TAG.saltLength, 1))],
      'invalidAttributeValue',
    ],
    [
      'data that is named and not given',
      encrypt,
      21,
      [UID, enumeration(TAG.data, 1)],
      'invalidField',
    ],
    ['a stream before 1.3', encrypt, 12, [UID, boolean(TAG.initIndicator, true)], 'invalidField'],
    ['no attribute to delete', deleteAttribute, 20, [UID], 'missingData'],
    ['no name to delete', deleteAttribute, 14, [UID], 'missingData'],
    [
      'a new attribute that is empty',
      setAttribute,
      20,
      [UID, structure(TAG.newAttribute)],
      'missingData',
    ],
    [
      'two new attributes',
      setAttribute,
      20,
      [
        UID,
        structure(
          TAG.newAttribute,
          integer(TAG.cryptographicLength, 1),
          integer(TAG.cryptographicLength, 1),
        ),
      ],
      'invalidMessage',
    ],
    [
      'a current attribute in 1.x',
      modifyAttribute,
      14,
      [UID, structure(TAG.currentAttribute), attribute('x-a', integer(TAG.attributeValue, 1))],
      'invalidField',
    ],
  ])('for %s', (_, codec, kmipVersion, pieces, failure) => {
    expectKmipFailure(() => codec.decodeRequest(requestPayload(...pieces), kmipVersion), failure);
  });

  const register2 = (...pieces: readonly Piece[]): (() => unknown) => {
    const payload = requestPayload(enumeration(TAG.objectType, 2), TEMPLATE, ...pieces);
    return () => register.decodeRequest(payload, 14);
  };
  const block = (...pieces: readonly Piece[]): Piece =>
    structure(TAG.symmetricKey, structure(TAG.keyBlock, ...pieces));

  it.each<[string, Piece, Failure]>([
    [
      'of another type than it says',
      structure(
        TAG.secretData,
        enumeration(TAG.secretDataType, 1),
        structure(TAG.keyBlock, enumeration(TAG.keyFormatType, 1), KEY_VALUE),
      ),
      'invalidField',
    ],
    ['of a type that is not kept', structure(TAG.certificate), 'invalidObjectType'],
    [
      'whose key is transparent',
      block(
        enumeration(TAG.keyFormatType, 7),
        structure(TAG.keyValue, structure(TAG.keyMaterial, bytes(TAG.key, new Uint8Array(16)))),
      ),
      'keyFormatNotSupported',
    ],
    ['without a key', block(enumeration(TAG.keyFormatType, 1)), 'missingData'],
    ['without a format', block(KEY_VALUE), 'invalidField'],
    [
      'whose key is a text',
      block(
        enumeration(TAG.keyFormatType, 1),
        structure(TAG.keyValue, text(TAG.keyMaterial, 'secret')),
      ),
      'invalidField',
    ],
  ])('for an object %s', (_, object, failure) => {
    expectKmipFailure(register2(object), failure);
  });

  it('for an object that is not there', () => {
    expectKmipFailure(register2(), 'missingData');
  });

  it('for an object that is wrapped only by who may not: it is read as what it is', () => {
    const object = block(
      enumeration(TAG.keyFormatType, 1),
      bytes(TAG.keyValue, new Uint8Array(24)),
      structure(TAG.keyWrappingData, enumeration(TAG.wrappingMethod, 1)),
    );
    const request = register2(object)();
    expect(request).toMatchObject({
      object: {
        keyBlock: {
          keyMaterial: new Uint8Array(24),
          keyWrappingData: expect.any(Uint8Array) as unknown,
        },
      },
    });
    const again = written((writer) => {
      register.encodeRequest(writer, request as Parameters<typeof register.encodeRequest>[1], 14);
    });
    expect(register.decodeRequest(new TtlvReader(again), 14)).toEqual(request);
  });

  it('with the byte where it is wrong, and without a word of the secret in it', () => {
    const object = block(
      enumeration(TAG.keyFormatType, 1),
      structure(
        TAG.keyValue,
        bytes(TAG.keyMaterial, Buffer.from('hunter2')),
        text(TAG.username, 'hunter2'),
      ),
    );
    expect(register2(object)).toThrow(/at byte \d+$/u);
    expect(register2(object)).not.toThrow(/hunter2/u);
  });

  it('for a version that has no batch positions, when it is written', () => {
    const uid = { kind: 'batch-item', index: 0 } as const;
    expect(() => {
      activate.encodeRequest(new TtlvWriter(), { uid }, 14);
    }).toThrow(RangeError);
    expect(() => {
      setAttribute.encodeRequest(
        new TtlvWriter(),
        {
          uid,
          attribute: { name: 'Operation Policy Name', value: { type: 'textString', value: 'v' } },
        },
        20,
      );
    }).toThrow(RangeError);
  });
});

describe('an object is named', () => {
  it.each<[string, KmipVersion, readonly Piece[], unknown]>([
    ['by text', 14, [UID], { kind: 'text', uid: 'uid' }],
    ['by the placeholder, when it is not named', 14, [], { kind: 'placeholder' }],
    [
      'by the placeholder in 2.x',
      20,
      [enumeration(TAG.uniqueIdentifier, 1)],
      { kind: 'placeholder' },
    ],
    [
      'by its place in the batch',
      21,
      [integer(TAG.uniqueIdentifier, 2)],
      { kind: 'batch-item', index: 2 },
    ],
    [
      'by its place from here',
      21,
      [integer(TAG.uniqueIdentifier, -1)],
      { kind: 'batch-item', index: -1 },
    ],
  ])('%s', (_, kmipVersion, pieces, uid) => {
    expect(activate.decodeRequest(requestPayload(...pieces), kmipVersion)).toEqual({ uid });
  });
});

describe('which instance of an attribute', () => {
  it('is said by its index in 1.x, the first if nothing is said', () => {
    const modify = requestPayload(UID, attribute('Name', name(TAG.attributeValue, 'a')));
    expect(modifyAttribute.decodeRequest(modify, 14).attribute.index).toBe(0);
    const second = attribute('Name', integer(TAG.attributeIndex, 1), name(TAG.attributeValue, 'a'));
    expect(modifyAttribute.decodeRequest(requestPayload(UID, second), 14).attribute.index).toBe(1);
    const first = requestPayload(UID, text(TAG.attributeName, 'Name'));
    expect(deleteAttribute.decodeRequest(first, 14)).toMatchObject({ name: 'Name', index: 0 });
  });

  it('is said by its value in 2.x, every one if nothing is said', () => {
    const one = requestPayload(UID, structure(TAG.currentAttribute, name(TAG.name, 'a')));
    expect(deleteAttribute.decodeRequest(one, 20)).toMatchObject({
      name: 'Name',
      value: { type: 'structure' },
    });
    const all = requestPayload(UID, enumeration(TAG.attributeReference, TAG.name));
    expect(deleteAttribute.decodeRequest(all, 20)).toEqual({
      uid: { kind: 'text', uid: 'uid' },
      name: 'Name',
    });
    const modify = requestPayload(
      UID,
      structure(TAG.currentAttribute, name(TAG.name, 'a')),
      structure(TAG.newAttribute, name(TAG.name, 'b')),
    );
    expect(modifyAttribute.decodeRequest(modify, 20)).toMatchObject({
      current: { name: 'Name' },
      attribute: { name: 'Name' },
    });
  });
});

it('operations have payloads for everything that is not refused outright', () => {
  expect(PAYLOADS.get(OPERATION.reKey)?.name).toBe('Re-key');
  expect(PAYLOADS.has(OPERATION.put)).toBe(false);
});
