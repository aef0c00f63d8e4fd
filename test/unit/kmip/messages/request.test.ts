import { describe, expect, it } from 'vitest';

import { MessageFailure } from '../../../../src/kmip/messages/message-failure.ts';
import {
  decodeRequest,
  DEFAULT_REQUEST_LIMITS,
  encodeRequest,
} from '../../../../src/kmip/messages/request.ts';
import { OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { kmipFailure } from '../../../support/kmip/failures.ts';
import {
  batchItem,
  boolean,
  bytes,
  date,
  enumeration,
  integer,
  payload,
  request,
  structure,
  text,
  version,
  type Piece,
} from '../../../support/kmip/hand-made.ts';
import { bytesOf, written } from '../../../support/kmip/ttlv-samples.ts';

const ONE = integer(TAG.batchCount, 1);
const QUERY = batchItem(OPERATION.query, payload());

describe('a request', () => {
  it('is read from its bytes', () => {
    // Header: version 1.2, Maximum Response Size 8192, Time Stamp, Batch Count; one Query with an item id, no fields.
    const message = bytesOf(`
      42 00 78 01 00 00 00 B0
      42 00 77 01 00 00 00 58
        42 00 69 01 00 00 00 20
          42 00 6A 02 00 00 00 04 00 00 00 01 00 00 00 00
          42 00 6B 02 00 00 00 04 00 00 00 02 00 00 00 00
        42 00 50 02 00 00 00 04 00 00 20 00 00 00 00 00
        42 00 92 09 00 00 00 08 00 00 00 00 65 53 F1 00
        42 00 0D 02 00 00 00 04 00 00 00 01 00 00 00 00
      42 00 0F 01 00 00 00 48
        42 00 5C 05 00 00 00 04 00 00 00 18 00 00 00 00
        42 00 93 08 00 00 00 03 0A 0B 0C 00 00 00 00 00
        42 00 79 01 00 00 00 20
          42 00 74 05 00 00 00 04 00 00 00 01 00 00 00 00
          42 00 74 05 00 00 00 04 00 00 00 03 00 00 00 00
    `);
    const { header, items } = decodeRequest(message);
    expect(header).toEqual({
      version: 12,
      maximumResponseSize: 8192,
      hasAuthentication: false,
      errorContinuation: 'stop',
      timeStamp: 1_700_000_000n,
      batchCount: 1,
    });
    expect(items).toEqual([
      {
        operation: OPERATION.query,
        itemId: Uint8Array.of(10, 11, 12),
        payload: message.subarray(message.length - 40),
        criticalExtension: false,
      },
    ]);
  });

  it('has every field of the header that its version knows', () => {
    const { header } = decodeRequest(
      request(
        [1, 4],
        [
          integer(TAG.maximumResponseSize, 1),
          text(TAG.clientCorrelationValue, 'client'),
          text(TAG.serverCorrelationValue, 'server'),
          boolean(TAG.asynchronousIndicator, true),
          boolean(TAG.attestationCapableIndicator, true),
          enumeration(TAG.attestationType, 1),
          enumeration(TAG.attestationType, 2),
          credential(),
          enumeration(TAG.batchErrorContinuationOption, 3),
          boolean(TAG.batchOrderOption, false),
          date(TAG.timeStamp, 5n),
          ONE,
        ],
        QUERY,
      ),
    );
    expect(header).toEqual({
      version: 14,
      maximumResponseSize: 1,
      clientCorrelationValue: 'client',
      serverCorrelationValue: 'server',
      asynchronous: 'optional',
      hasAuthentication: true,
      errorContinuation: 'undo',
      timeStamp: 5n,
      batchCount: 1,
    });
  });

  it.each([
    [1, 'mandatory'],
    [2, 'optional'],
    [3, 'prohibited'],
  ])('says in 2.x by an enumeration (%i) that asynchronous answers are %s', (value, meaning) => {
    const message = request([2, 1], [enumeration(TAG.asynchronousIndicator, value), ONE], QUERY);
    expect(decodeRequest(message).header.asynchronous).toBe(meaning);
  });

  it('may have an operation that nobody knows: that is a matter of its item', () => {
    const message = request([1, 4], [ONE], batchItem(0x8000_0001, payload()));
    expect(decodeRequest(message).items[0]?.operation).toBe(0x8000_0001);
  });

  it.each([
    ['a message extension that is critical', [extension(true)], true],
    ['one that is not', [extension(false)], false],
    ['a critical one among others', [extension(false), extension(true), extension(false)], true],
  ])('says of %s whether the item can be done', (_, extensions, critical) => {
    const message = request([1, 4], [ONE], batchItem(OPERATION.query, payload(), ...extensions));
    expect(decodeRequest(message).items[0]?.criticalExtension).toBe(critical);
  });

  it('that wants ephemeral results in 2.x cannot be done', () => {
    const item = (ephemeral: boolean): Piece =>
      batchItem(OPERATION.query, boolean(TAG.ephemeral, ephemeral), payload());
    expect(decodeRequest(request([2, 0], [ONE], item(true))).items[0]?.criticalExtension).toBe(
      true,
    );
    expect(decodeRequest(request([2, 0], [ONE], item(false))).items[0]?.criticalExtension).toBe(
      false,
    );
    expect(refused(request([1, 4], [ONE], item(false))).failure).toBe('invalidField');
  });

  it('may have tags of vendors in header and credential, as Db2 sends them', () => {
    const message = request(
      [1, 0],
      [
        integer(0x540001, 1),
        structure(
          TAG.authentication,
          structure(
            TAG.credential,
            enumeration(TAG.credentialType, 0x8000_0001),
            structure(TAG.credentialValue, text(0x540001, 'client'), text(0x540004, 'password')),
          ),
          text(0x540002, 'more'),
        ),
        text(0x540003, 'more'),
        ONE,
        text(0x540004, 'more'),
      ],
      QUERY,
    );
    expect(decodeRequest(message).header.hasAuthentication).toBe(true);
  });
});

describe('a request is refused as a whole', () => {
  it.each([
    ['1.9', 1, 9, 14],
    ['1.5', 1, 5, 14],
    ['3.0', 3, 0, 21],
    ['2.2', 2, 2, 21],
    ['0.9', 0, 9, 10],
    ['-1.-1', -1, -1, 10],
    ['14.0', 14, 0, 21],
    ['0.14', 0, 14, 10],
  ])('in version %s, with the version to answer in', (_, major, minor, answer) => {
    expect(refused(request([major, minor], [ONE], QUERY))).toMatchObject({
      failure: 'unsupportedProtocolVersion',
      version: answer,
    });
  });

  it('even when nothing behind the version can be read', () => {
    const message = request([3, 0], [ONE, bytes(TAG.batchItem, new Uint8Array(40))]);
    message.fill(0xff, 64);
    expect(refused(message).failure).toBe('unsupportedProtocolVersion');
  });

  it.each([
    ['a count that is too high', [integer(TAG.batchCount, 2)], [QUERY]],
    ['a count that is too low', [ONE], [QUERY, QUERY]],
    ['a count of zero', [integer(TAG.batchCount, 0)], []],
    ['a negative count', [integer(TAG.batchCount, -1)], [QUERY]],
    ['no count', [], [QUERY]],
  ])('for %s', (_, header, items) => {
    expect(refused(request([1, 4], header, ...items))).toMatchObject({
      failure: 'invalidMessage',
      version: 14,
    });
  });

  it('for a batch beyond the limit, before the items are looked at', () => {
    const message = request([2, 1], [integer(TAG.batchCount, 1000)], QUERY);
    expect(refused(message).failure).toBe('serverLimitExceeded');
    const two = request([2, 1], [integer(TAG.batchCount, 2)], QUERY, QUERY);
    expect(decodeRequest(two, { ...DEFAULT_REQUEST_LIMITS, batch: 2 }).items.length).toBe(2);
    expect(
      kmipFailure(() => decodeRequest(two, { ...DEFAULT_REQUEST_LIMITS, batch: 1 })).failure,
    ).toBe('serverLimitExceeded');
  });

  it.each([
    ['a field twice', [date(TAG.timeStamp, 1n), date(TAG.timeStamp, 1n), ONE], 'invalidMessage'],
    ['the batch count twice', [ONE, ONE], 'invalidMessage'],
    [
      'a field out of order',
      [date(TAG.timeStamp, 1n), boolean(TAG.batchOrderOption, true), ONE],
      'invalidField',
    ],
    ['a field of a response', [text(TAG.resultMessage, 'x'), ONE], 'invalidField'],
    ['a field behind the last one', [ONE, boolean(TAG.batchOrderOption, true)], 'invalidField'],
    ['a field of a wrong type', [text(TAG.timeStamp, 'now'), ONE], 'invalidField'],
    ['a negative size', [integer(TAG.maximumResponseSize, -1), ONE], 'invalidField'],
    [
      'an unknown continuation',
      [enumeration(TAG.batchErrorContinuationOption, 4), ONE],
      'invalidField',
    ],
    [
      'a credential without a type',
      [structure(TAG.authentication, structure(TAG.credential)), ONE],
      'invalidMessage',
    ],
    ['authentication without credentials', [structure(TAG.authentication), ONE], 'invalidMessage'],
    [
      'nine credentials',
      [structure(TAG.authentication, ...Array.from({ length: 9 }, oneCredential)), ONE],
      'invalidField',
    ],
    [
      'a correlation value of 1,025 characters',
      [text(TAG.clientCorrelationValue, 'x'.repeat(1025)), ONE],
      'invalidField',
    ],
    [
      '17 attestation types',
      [...Array.from({ length: 17 }, () => enumeration(TAG.attestationType, 1)), ONE],
      'invalidField',
    ],
  ] as const)('for %s in its header', (_, header, failure) => {
    expect(refused(request([1, 4], header, QUERY)).failure).toBe(failure);
  });

  it('for fields of the header that came with a later version', () => {
    const correlation = [text(TAG.clientCorrelationValue, 'x'), ONE];
    expect(refused(request([1, 3], correlation, QUERY)).failure).toBe('invalidField');
    const attestation = [boolean(TAG.attestationCapableIndicator, true), ONE];
    expect(refused(request([1, 1], attestation, QUERY)).failure).toBe('invalidField');
    const asynchronous = [enumeration(TAG.asynchronousIndicator, 1), ONE];
    expect(refused(request([1, 4], asynchronous, QUERY)).failure).toBe('invalidField');
  });

  it.each([
    ['without a payload', batchItem(OPERATION.query), 'invalidMessage'],
    [
      'with a payload that is no structure',
      batchItem(OPERATION.query, bytes(TAG.requestPayload, new Uint8Array(8))),
      'invalidField',
    ],
    ['with two payloads', batchItem(OPERATION.query, payload(), payload()), 'invalidMessage'],
    [
      'with the id behind the payload',
      batchItem(OPERATION.query, payload(), bytes(TAG.uniqueBatchItemId, Uint8Array.of(1))),
      'invalidField',
    ],
    ['without an operation', structure(TAG.batchItem, payload()), 'invalidField'],
    [
      'with an extension of nobody',
      batchItem(
        OPERATION.query,
        payload(),
        structure(TAG.messageExtension, boolean(TAG.criticalityIndicator, false)),
      ),
      'invalidField',
    ],
  ] as const)('for an item %s', (_, item, failure) => {
    expect(refused(request([1, 4], [ONE], item)).failure).toBe(failure);
  });

  it('for a payload that is no TTLV, wherever it is broken', () => {
    const message = request(
      [1, 4],
      [ONE],
      batchItem(OPERATION.query, payload(text(TAG.uniqueIdentifier, 'uid'))),
    );
    // A length of 4 GiB in the text.
    message.fill(0xff, message.length - 12, message.length - 8);
    expect(refused(message).failure).toBe('invalidMessage');
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    [
      'a response',
      written(structure(TAG.responseMessage, structure(TAG.responseHeader, version(1, 4)))),
    ],
    [
      'a header without a version',
      written(structure(TAG.requestMessage, structure(TAG.requestHeader, ONE))),
    ],
    [
      'bytes behind the message',
      Uint8Array.from([...request([1, 4], [ONE], QUERY), ...new Uint8Array(8)]),
    ],
  ])('for %s', (_, message) => {
    expect(['invalidMessage', 'invalidField']).toContain(refused(message).failure);
  });

  it('with what its answer echoes, as far as that was read', () => {
    const message = request(
      [1, 4],
      [text(TAG.clientCorrelationValue, 'mine'), integer(TAG.batchCount, 3)],
      QUERY,
    );
    expect(refused(message).clientCorrelationValue).toBe('mine');
    expect(refused(request([1, 4], [], QUERY)).clientCorrelationValue).toBeUndefined();
  });
});

describe('a request that is written', () => {
  const header = { version: 21, hasAuthentication: false, errorContinuation: 'continue' } as const;

  it('counts its items and is read as what it was', () => {
    const message = written((writer) => {
      encodeRequest(
        writer,
        {
          ...header,
          maximumResponseSize: 10,
          clientCorrelationValue: 'c',
          serverCorrelationValue: 's',
          asynchronous: 'mandatory',
          timeStamp: 9n,
        },
        [
          { operation: OPERATION.query, payload: written(payload()) },
          {
            operation: OPERATION.get,
            itemId: Uint8Array.of(1),
            payload: payload(text(TAG.uniqueIdentifier, 'u')),
          },
        ],
      );
    });
    const decoded = decodeRequest(message);
    expect(decoded.header).toEqual({
      ...header,
      maximumResponseSize: 10,
      clientCorrelationValue: 'c',
      serverCorrelationValue: 's',
      asynchronous: 'mandatory',
      timeStamp: 9n,
      batchCount: 2,
    });
    expect(decoded.items.map(({ operation, itemId }) => [operation, itemId])).toEqual([
      [OPERATION.query, undefined],
      [OPERATION.get, Uint8Array.of(1)],
    ]);
  });

  it('says nothing that its version does not know', () => {
    const message = written((writer) => {
      encodeRequest(
        writer,
        {
          ...header,
          version: 13,
          clientCorrelationValue: 'c',
          serverCorrelationValue: 's',
          asynchronous: 'optional',
        },
        [{ operation: OPERATION.query, payload: payload() }],
      );
    });
    expect(decodeRequest(message).header).toEqual({
      ...header,
      version: 13,
      asynchronous: 'optional',
      batchCount: 1,
    });
  });

  it('cannot carry a credential, for none is kept', () => {
    expect(() =>
      written((writer) => {
        encodeRequest(writer, { ...header, hasAuthentication: true }, []);
      }),
    ).toThrow(RangeError);
  });
});

function refused(message: Uint8Array): MessageFailure {
  const failure = kmipFailure(() => decodeRequest(message));
  if (!(failure instanceof MessageFailure)) throw failure;
  return failure;
}

function oneCredential(): Piece {
  return structure(
    TAG.credential,
    enumeration(TAG.credentialType, 1),
    structure(TAG.credentialValue, text(TAG.username, 'u'), text(TAG.password, 'p')),
  );
}

function credential(): Piece {
  return structure(TAG.authentication, oneCredential());
}

function extension(critical: boolean): Piece {
  return structure(
    TAG.messageExtension,
    text(TAG.vendorIdentification, 'vendor'),
    boolean(TAG.criticalityIndicator, critical),
    structure(TAG.vendorExtension, integer(0x540001, 1)),
  );
}
