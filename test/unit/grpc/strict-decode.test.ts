import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../src/errors/index.ts';
import { checkMessage, strictDecoder, type MessageShape } from '../../../src/grpc/strict-decode.ts';
import { HashDataRequest } from '../../../src/generated/cryptobroker/server_view.ts';

const SHAPE: MessageShape = { 1: 'string', 3: { 1: 'string', 3: { 1: 'string' } } };

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const check = (hex: string): string => {
  try {
    checkMessage(bytes(hex), SHAPE);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    expect(error.code).toBe('MESSAGE_MALFORMED');
    return error.message.replace('message: not a valid request: ', '');
  }
};

describe('a message that is whole', () => {
  it.each([
    ['nothing', ''],
    ['a text', '0a 03 61 62 63'],
    ['a text of no length', '0a 00'],
    ['an unknown field of every wire type', '7801 79 0000000000000000 7a 01 ff 7d 00000000'],
    ['a nested message', '1a 05 0a 03 61 62 63'],
    ['two nested messages in each other', '1a 04 1a 02 0a 00'],
    ['a number of ten bytes', '20 ffffffffffffffffff01'],
    ['the highest field number', 'fa ff ff ff 0f 00'],
    ['bytes that are not UTF-8 where no text is', '12 02 ff fe'],
  ])('is accepted: %s', (_, hex) => {
    expect(check(hex)).toBe('accepted');
  });
});

describe('a message that is not', () => {
  it.each([
    [
      'tag 0, at which the generated decoder stops without a word',
      '0a 01 61 00 ff ff',
      'field number 0',
    ],
    ['the end of a group that never began, likewise', '0a 01 61 0c', 'field 1 has wire type 4'],
    ['a group', '0b 0c', 'field 1 has wire type 3'],
    ['wire type 6', '0e', 'field 1 has wire type 6'],
    ['wire type 7', '0f', 'field 1 has wire type 7'],
    ['an end inside a tag', '80', 'it ends inside a field'],
    ['an end inside a number', '20 80', 'it ends inside a field'],
    ['an end inside a length', '0a 80', 'it ends inside a field'],
    ['an end inside a text', '0a 05 61', 'a field is longer than its message'],
    ['an end inside a fixed number', '0d 00 00', 'a field is longer than its message'],
    [
      'an inner message that is longer than its outer one',
      '1a 02 0a 05 61 62 63 64 65',
      'a field is longer than its message',
    ],
    ['an inner message that ends inside a field', '1a 01 0a 00', 'it ends inside a field'],
    ['a text that is not UTF-8', '0a 02 c3 28', 'a text is not UTF-8'],
    ['a text inside that is not UTF-8', '1a 03 0a 01 ff', 'a text is not UTF-8'],
    ['a length of 2^32', '0a 80 80 80 80 10', 'a tag or length has more than 32 bits'],
    [
      'a length of six bytes',
      '0a 83 80 80 80 80 00 61 62 63',
      'a tag or length has more than 32 bits',
    ],
    ['a number of eleven bytes', '20 ffffffffffffffffffff 01', 'a number has more than 64 bits'],
  ])('is refused: %s', (_, hex, reason) => {
    expect(check(hex)).toBe(reason);
  });

  it('is refused when it has very many fields, at any depth', () => {
    expect(check('7800'.repeat(4096))).toBe('accepted');
    expect(check('7800'.repeat(4097))).toBe('more than 4096 fields');
  });
});

describe('strictDecoder', () => {
  const decode = strictDecoder(HashDataRequest, SHAPE);

  it('gives what the generated decoder gives', () => {
    const message = HashDataRequest.encode({
      profile: 'Default',
      input: Buffer.from('abc'),
      metadata: { id: 'ü' },
      outputFormat: -1,
    }).finish();
    expect(decode(message)).toEqual(HashDataRequest.decode(message));
  });

  it('makes the failure of a decoder one of the message', () => {
    const failing = strictDecoder(
      {
        decode: (): string => {
          throw new RangeError('inside');
        },
      },
      {},
    );
    expect(() => failing(new Uint8Array())).toThrow(
      expect.objectContaining({ code: 'MESSAGE_MALFORMED' }),
    );
  });
});
