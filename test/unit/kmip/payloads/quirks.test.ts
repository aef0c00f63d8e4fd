import { describe, expect, it } from 'vitest';

import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { decodeRequest } from '../../../../src/kmip/messages/request.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { addAttribute } from '../../../../src/kmip/payloads/add-attribute.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { discoverVersions } from '../../../../src/kmip/payloads/discover-versions.ts';
import { encrypt } from '../../../../src/kmip/payloads/encrypt.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { locate } from '../../../../src/kmip/payloads/locate.ts';
import { query } from '../../../../src/kmip/payloads/query.ts';
import { reKey } from '../../../../src/kmip/payloads/re-key.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import {
  attribute,
  batchItem,
  boolean,
  bytes,
  date,
  enumeration,
  integer,
  name,
  payload,
  request,
  requestPayload,
  structure,
  text,
  type Piece,
} from '../../../support/kmip/hand-made.ts';
import { bytesOf, written } from '../../../support/kmip/ttlv-samples.ts';

/** What real clients send, each as it was seen: docs/kmip-coverage.md. */
describe('a message of', () => {
  it('the MongoDB drivers registers 96 opaque bytes with a usage of nothing', () => {
    const secret = Uint8Array.from({ length: 96 }, (_, index) => index);
    const message = requestPayload(
      enumeration(TAG.objectType, 7),
      structure(
        TAG.templateAttribute,
        attribute('Cryptographic Usage Mask', integer(TAG.attributeValue, 0)),
      ),
      structure(
        TAG.secretData,
        enumeration(TAG.secretDataType, 2),
        structure(
          TAG.keyBlock,
          enumeration(TAG.keyFormatType, 2),
          structure(TAG.keyValue, bytes(TAG.keyMaterial, secret)),
        ),
      ),
    );
    const { attributes, object } = register.decodeRequest(message, 10);
    expect(attributes.integer('Cryptographic Usage Mask')).toBe(0);
    expect(object).toMatchObject({
      kind: 'secret-data',
      secretDataType: 2,
      keyBlock: { keyFormatType: 2, keyMaterial: secret },
    });
  });

  it('the MongoDB drivers in delegated mode encrypts with parameters of 1.2', () => {
    const message = requestPayload(
      text(TAG.uniqueIdentifier, 'uid'),
      structure(
        TAG.cryptographicParameters,
        enumeration(TAG.blockCipherMode, 1),
        enumeration(TAG.paddingMethod, 3),
        enumeration(TAG.cryptographicAlgorithm, 3),
        boolean(TAG.randomIv, true),
      ),
      bytes(TAG.data, Uint8Array.of(1, 2, 3)),
    );
    expect(encrypt.decodeRequest(message, 12)).toMatchObject({
      uid: { kind: 'text', uid: 'uid' },
      parameters: {
        blockCipherMode: 1,
        paddingMethod: 3,
        cryptographicAlgorithm: 3,
        randomIv: true,
      },
      data: Uint8Array.of(1, 2, 3),
      iv: undefined,
    });
  });

  it('Percona Server for MongoDB registers a raw key and polls the state', () => {
    const { header, items } = decodeRequest(
      request(
        [1, 0],
        [
          integer(TAG.maximumResponseSize, 8192),
          date(TAG.timeStamp, 1_700_000_000n),
          integer(TAG.batchCount, 1),
        ],
        batchItem(
          OPERATION.getAttributes,
          payload(text(TAG.uniqueIdentifier, 'uid'), text(TAG.attributeName, 'State')),
        ),
      ),
    );
    expect(header).toMatchObject({ maximumResponseSize: 8192, timeStamp: 1_700_000_000n });
    expect(items[0]).not.toHaveProperty('itemId');
    expect(getAttributes.decodeRequest(readerOf(items[0]?.payload), 10)).toEqual({
      uid: { kind: 'text', uid: 'uid' },
      names: ['State'],
    });
  });

  it('MySQL Enterprise counts attributes from an explicit 0', () => {
    const message = requestPayload(
      enumeration(TAG.objectType, 2),
      structure(
        TAG.templateAttribute,
        ...[
          ['Cryptographic Algorithm', enumeration(TAG.attributeValue, 3)] as const,
          ['Cryptographic Length', integer(TAG.attributeValue, 256)] as const,
          ['Cryptographic Usage Mask', integer(TAG.attributeValue, 2108)] as const,
        ].map(([attributeName, value]) =>
          attribute(attributeName, integer(TAG.attributeIndex, 0), value),
        ),
      ),
    );
    expect(create.decodeRequest(message, 11).attributes.integer('Cryptographic Usage Mask')).toBe(
      2108,
    );
  });

  it('vCenter asks for versions without any, with an item id in a batch of one', () => {
    const id = bytesOf('51 4C 4B 43 00 00 00 01');
    const { items } = decodeRequest(
      request(
        [1, 1],
        [integer(TAG.batchCount, 1)],
        batchItem(OPERATION.discoverVersions, bytes(TAG.uniqueBatchItemId, id), payload()),
      ),
    );
    expect(items[0]?.itemId).toEqual(id);
    expect(discoverVersions.decodeRequest(readerOf(items[0]?.payload), 11).versions).toEqual([]);
  });

  it('vCenter gives a key attributes of its own', () => {
    const message = requestPayload(
      text(TAG.uniqueIdentifier, 'uid'),
      attribute('x-Product_Version', text(TAG.attributeValue, '8.0 build-1')),
    );
    expect(addAttribute.decodeRequest(message, 11).attribute).toEqual({
      name: 'x-Product_Version',
      value: { type: 'textString', value: '8.0 build-1' },
    });
  });

  it.each<[string, Piece]>([
    [
      'among its attributes',
      structure(TAG.templateAttribute, attribute('Name', name(TAG.attributeValue, 'key'))),
    ],
    ['where a template is named', structure(TAG.templateAttribute, name(TAG.name, 'key'))],
  ])('FortiGate looks for a name in a template-attribute, %s', (_, template) => {
    const message = requestPayload(integer(TAG.maximumItems, 1), template);
    const { maximumItems, filters } = locate.decodeRequest(message, 10);
    expect(maximumItems).toBe(1);
    expect([...filters]).toEqual([{ ...nameAttribute('key'), index: 0 }]);
  });

  it('FortiGate goes on after a failure, with item ids of 12 bytes and a credential', () => {
    const one = batchItem(
      OPERATION.locate,
      bytes(TAG.uniqueBatchItemId, new Uint8Array(12)),
      payload(integer(TAG.maximumItems, 1)),
    );
    const { header, items } = decodeRequest(
      request(
        [1, 0],
        [
          integer(TAG.maximumResponseSize, 65536),
          structure(
            TAG.authentication,
            structure(
              TAG.credential,
              enumeration(TAG.credentialType, 1),
              structure(TAG.credentialValue, text(TAG.username, 'u'), text(TAG.password, 'p')),
            ),
          ),
          enumeration(TAG.batchErrorContinuationOption, 1),
          boolean(TAG.batchOrderOption, true),
          integer(TAG.batchCount, 4),
        ],
        one,
        one,
        one,
        one,
      ),
    );
    expect(header).toMatchObject({ errorContinuation: 'continue', hasAuthentication: true });
    expect(
      JSON.stringify(header, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
    ).not.toContain('"p"');
    expect(items.length).toBe(4);
  });

  it('Synology and Scality ask for what nobody has', () => {
    const functions = [1, 2, 3, 4, 5, 6].map((value) => enumeration(TAG.queryFunction, value));
    expect(query.decodeRequest(requestPayload(...functions), 12).functions).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    const response = written((writer) => {
      query.encodeResponse(
        writer,
        { operations: [], objectTypes: [], applicationNamespaces: [], further: [] },
        12,
      );
    });
    expect(response).toEqual(bytesOf('42 00 7C 01 00 00 00 00'));
  });

  it('Db2 counts the padding into the length of an identifier', () => {
    // 20 characters in 24 bytes.
    const message = new TtlvReader(
      bytesOf(`
        42 00 79 01 00 00 00 20
          42 00 94 07 00 00 00 18
            30 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37 38 39 00 00 00 00
      `),
    );
    expect(activate.decodeRequest(message, 10).uid).toEqual({
      kind: 'text',
      uid: '01234567890123456789',
    });
  });

  it("Percona's new client wraps a reference into a reference, and vendors' names without a vendor", () => {
    const message = requestPayload(
      text(TAG.uniqueIdentifier, 'uid'),
      structure(TAG.attributeReference, enumeration(TAG.attributeReference, TAG.state)),
      structure(
        TAG.attributeReference,
        enumeration(TAG.attributeReference, TAG.operationPolicyName),
      ),
      structure(TAG.attributeReference, text(TAG.attributeName, 'x-Owner')),
    );
    expect(getAttributes.decodeRequest(message, 20).names).toEqual([
      'State',
      'Operation Policy Name',
      'x-Owner',
    ]);
  });

  it('PyKMIP has a template-attribute in the re-key of 2.0', () => {
    const message = requestPayload(
      text(TAG.uniqueIdentifier, 'uid'),
      structure(TAG.templateAttribute, attribute('Name', name(TAG.attributeValue, 'new'))),
    );
    expect([...reKey.decodeRequest(message, 20).attributes]).toEqual([
      { ...nameAttribute('new'), index: 0 },
    ]);
  });
});

describe('what we answer', () => {
  const uid = '4d3b9a5c-0b6f-4f0e-9a70-0f5d0e1b2c3d';

  it('to a Get is a raw key that was written straight into the message, and nothing beside it', () => {
    const key = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    const response = written((writer) => {
      get.encodeResponse(
        writer,
        {
          uid: 'u',
          object: {
            kind: 'symmetric-key',
            keyBlock: {
              keyFormatType: 1,
              keyMaterial: {
                length: key.length,
                writeTo(target, offset) {
                  target.set(key, offset);
                },
              },
              attributes: AttributeSet.empty,
              cryptographicAlgorithm: 3,
              cryptographicLength: 128,
            },
          },
        },
        10,
      );
      expect(writer.secret).toBe(true);
    });
    expect(response).toEqual(
      bytesOf(`
        42 00 7C 01 00 00 00 80
          42 00 57 05 00 00 00 04 00 00 00 02 00 00 00 00
          42 00 94 07 00 00 00 01 75 00 00 00 00 00 00 00
          42 00 8F 01 00 00 00 58
            42 00 40 01 00 00 00 50
              42 00 42 05 00 00 00 04 00 00 00 01 00 00 00 00
              42 00 45 01 00 00 00 18
                42 00 43 08 00 00 00 10 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10
              42 00 28 05 00 00 00 04 00 00 00 03 00 00 00 00
              42 00 2A 02 00 00 00 04 00 00 00 80 00 00 00 00
      `),
    );
  });

  it('to a Create has no template-attribute', () => {
    const response = written((writer) => {
      create.encodeResponse(writer, { objectType: 2, uid }, 10);
    });
    expect(response.length).toBe(8 + 16 + 48);
  });

  it('to a question for attributes that are not there is a success without any', () => {
    const response = written((writer) => {
      getAttributes.encodeResponse(writer, { uid: 'u', attributes: AttributeSet.empty }, 11);
    });
    expect(response).toEqual(
      bytesOf('42 00 7C 01 00 00 00 10 42 00 94 07 00 00 00 01 75 00 00 00 00 00 00 00'),
    );
  });

  it('to a Locate of 1.2 has no number of located items', () => {
    const response = (version: 12 | 13): Uint8Array =>
      written((writer) => {
        locate.encodeResponse(writer, { locatedItems: 2, uids: ['a', 'b'] }, version);
      });
    expect(locate.decodeResponse(new TtlvReader(response(12)), 12)).toEqual({
      locatedItems: undefined,
      uids: ['a', 'b'],
    });
    expect(locate.decodeResponse(new TtlvReader(response(13)), 13)).toEqual({
      locatedItems: 2,
      uids: ['a', 'b'],
    });
  });
});

function readerOf(bytes_: Uint8Array | undefined): TtlvReader {
  if (bytes_ === undefined) throw new Error('there is no payload');
  return new TtlvReader(bytes_);
}
