import { describe, expect, it } from 'vitest';

import {
  beginResponse,
  decodeResponse,
  encodeMessageFailure,
  endResponse,
  writeResultItem,
} from '../../../../src/kmip/messages/response.ts';
import { OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import { expectKmipFailure, kmipFailure } from '../../../support/kmip/failures.ts';
import {
  bytes,
  date,
  enumeration,
  integer,
  structure,
  text,
  version,
  type Piece,
} from '../../../support/kmip/hand-made.ts';
import { bytesOf, written } from '../../../support/kmip/ttlv-samples.ts';

const HEADER = { version: 14, timeStamp: 1_700_000_000n, batchCount: 2 } as const;

describe('a response', () => {
  it('is written field by field in the order of the specification', () => {
    const writer = new TtlvWriter();
    const batchCountAt = beginResponse(writer, { ...HEADER, version: 10 });
    writeResultItem(writer, {
      operation: OPERATION.activate,
      itemId: Uint8Array.of(7),
      status: 1,
      reason: 12,
      message: 'no',
    });
    endResponse(writer, batchCountAt, 1);
    expect(Uint8Array.from(writer.finish())).toEqual(
      bytesOf(`
        42 00 7B 01 00 00 00 A8
        42 00 7A 01 00 00 00 48
          42 00 69 01 00 00 00 20
            42 00 6A 02 00 00 00 04 00 00 00 01 00 00 00 00
            42 00 6B 02 00 00 00 04 00 00 00 00 00 00 00 00
          42 00 92 09 00 00 00 08 00 00 00 00 65 53 F1 00
          42 00 0D 02 00 00 00 04 00 00 00 01 00 00 00 00
        42 00 0F 01 00 00 00 50
          42 00 5C 05 00 00 00 04 00 00 00 12 00 00 00 00
          42 00 93 08 00 00 00 01 07 00 00 00 00 00 00 00
          42 00 7F 05 00 00 00 04 00 00 00 01 00 00 00 00
          42 00 7E 05 00 00 00 04 00 00 00 0C 00 00 00 00
          42 00 7D 07 00 00 00 02 6E 6F 00 00 00 00 00 00
      `),
    );
  });

  it('says how many items there are in the end, not how many were thought', () => {
    const writer = new TtlvWriter(8);
    const batchCountAt = beginResponse(writer, { ...HEADER, batchCount: 300 });
    for (let item = 0; item < 258; item += 1) writeResultItem(writer, { status: 0 });
    endResponse(writer, batchCountAt, 258);
    const { header, items } = decodeResponse(writer.finish());
    expect(header.batchCount).toBe(258);
    expect(items.length).toBe(258);
  });

  it('is read as what it was', () => {
    const payload = written(structure(TAG.responsePayload, text(TAG.uniqueIdentifier, 'uid')));
    const message = respond(
      { ...HEADER, clientCorrelationValue: 'c', serverCorrelationValue: 's' },
      { operation: OPERATION.activate, status: 0, payload },
      { operation: OPERATION.get, itemId: Uint8Array.of(1), status: 1, reason: 1, message: 'no' },
    );
    expect(decodeResponse(message)).toEqual({
      header: { ...HEADER, clientCorrelationValue: 'c', serverCorrelationValue: 's' },
      items: [
        { operation: OPERATION.activate, status: 0, payload },
        { operation: OPERATION.get, itemId: Uint8Array.of(1), status: 1, reason: 1, message: 'no' },
      ],
    });
  });

  it('echoes no correlation value before 1.4', () => {
    const message = respond(
      { ...HEADER, version: 13, clientCorrelationValue: 'c', serverCorrelationValue: 's' },
      { status: 0 },
      { status: 0 },
    );
    expect(decodeResponse(message).header).toEqual({ ...HEADER, version: 13 });
  });

  it('has a message of at most 256 characters', () => {
    const message = respond({ ...HEADER, batchCount: 1 }, { status: 1, message: 'x'.repeat(300) });
    expect(decodeResponse(message).items[0]?.message).toBe('x'.repeat(256));
  });

  it('lets through what a payload throws', () => {
    const writer = new TtlvWriter();
    beginResponse(writer, HEADER);
    const failing = (): void => {
      throw new RangeError('not today');
    };
    expect(() => {
      writeResultItem(writer, { status: 0, payload: failing });
    }).toThrow('not today');
  });
});

describe('the answer to a message that is refused', () => {
  it('is one item without an operation', () => {
    const message = encodeMessageFailure(10, 'invalidMessage', 'the bytes are broken', 5n);
    expect(decodeResponse(message)).toEqual({
      header: { version: 10, timeStamp: 5n, batchCount: 1 },
      items: [{ status: 1, reason: 4, message: 'the bytes are broken' }],
    });
  });

  it('has the reason of its family of versions, and echoes from 1.4', () => {
    const message = encodeMessageFailure(21, 'unsupportedProtocolVersion', 'no', 5n, {
      clientCorrelationValue: 'mine',
    });
    expect(decodeResponse(message)).toMatchObject({
      header: { version: 21, clientCorrelationValue: 'mine' },
      items: [{ reason: 0x3f }],
    });
    const old = encodeMessageFailure(14, 'unsupportedProtocolVersion', 'no', 5n);
    expect(decodeResponse(old).items[0]?.reason).toBe(4);
  });
});

describe('a response of another server', () => {
  const stamp = date(TAG.timeStamp, 1n);
  const one = integer(TAG.batchCount, 1);
  const item = (...pieces: readonly Piece[]): Piece =>
    structure(TAG.batchItem, enumeration(TAG.resultStatus, 0), ...pieces);
  const response = (header: readonly Piece[], ...items: readonly Piece[]): Uint8Array =>
    written(structure(TAG.responseMessage, structure(TAG.responseHeader, ...header), ...items));

  it('may say more than is used', () => {
    const nonce = structure(
      TAG.nonce,
      bytes(TAG.nonceId, Uint8Array.of(1)),
      bytes(TAG.nonceValue, Uint8Array.of(2)),
    );
    const hashed = bytes(TAG.serverHashedPassword, Uint8Array.of(3));
    const attestation = enumeration(TAG.attestationType, 1);
    const message = response(
      [version(2, 0), stamp, nonce, hashed, attestation, one],
      item(
        bytes(TAG.asynchronousCorrelationValue, Uint8Array.of(4)),
        structure(TAG.messageExtension),
      ),
    );
    expect(decodeResponse(message)).toEqual({
      header: { version: 20, timeStamp: 1n, batchCount: 1 },
      items: [{ status: 0 }],
    });
  });

  it.each([
    ['without a time stamp', response([version(1, 4), one], item()), 'invalidField'],
    [
      'with a wrong count',
      response([version(1, 4), stamp, integer(TAG.batchCount, 2)], item()),
      'invalidMessage',
    ],
    [
      'with a field of a later version',
      response([version(1, 1), stamp, structure(TAG.nonce), one], item()),
      'invalidField',
    ],
    [
      'with fields out of order',
      response([version(1, 4), stamp, one], item(enumeration(TAG.operation, 1))),
      'invalidField',
    ],
    [
      'with an unknown field',
      response([version(1, 4), stamp, one], item(text(TAG.username, 'x'))),
      'invalidField',
    ],
    [
      'with a field twice',
      response([version(1, 4), stamp, one], item(enumeration(TAG.resultStatus, 0))),
      'invalidMessage',
    ],
    [
      'of another version',
      response([version(3, 0), stamp, one], item()),
      'unsupportedProtocolVersion',
    ],
    ['that is a request', written(structure(TAG.requestMessage)), 'invalidField'],
    [
      'that is cut off',
      response([version(1, 4), stamp, one], item()).subarray(0, 60),
      'invalidMessage',
    ],
  ] as const)('%s is refused', (_, message, failure) => {
    expectKmipFailure(() => decodeResponse(message), failure);
  });

  it('is refused with the byte at which it is wrong', () => {
    const message = response([version(1, 4), stamp, one], item(text(TAG.username, 'x')));
    expect(kmipFailure(() => decodeResponse(message)).message).toMatch(/at byte \d+$/u);
  });
});

function respond(
  header: Parameters<typeof beginResponse>[1],
  ...items: readonly Parameters<typeof writeResultItem>[1][]
): Uint8Array {
  return written((writer) => {
    const batchCountAt = beginResponse(writer, header);
    for (const item of items) writeResultItem(writer, item);
    endResponse(writer, batchCountAt, items.length);
  });
}
