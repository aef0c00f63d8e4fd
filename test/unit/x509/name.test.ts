import { describe, expect, it } from 'vitest';

import { isValidName } from '../../../src/x509/name.ts';
import {
  commonName,
  element,
  integer,
  objectIdentifier,
  sequence,
  set,
} from '../../support/der-writer.ts';

const TYPE = objectIdentifier('2.5.4.3');
const named = (tag: number, ...octets: number[]): Buffer =>
  sequence(set(sequence(TYPE, element(tag, Buffer.of(...octets)))));

describe('a name', () => {
  it('may be empty, have several attributes in a part, and hold characters beyond ASCII', () => {
    expect(isValidName(sequence())).toBe(true);
    expect(isValidName(commonName('Ünïcode'))).toBe(true);
    const pair = sequence(TYPE, element(0x13, Buffer.from('x')));
    expect(isValidName(sequence(set(pair, pair), set(pair)))).toBe(true);
    expect(isValidName(named(0x14, 0xe4))).toBe(true);
    expect(isValidName(named(0x1e, 0x20, 0xac))).toBe(true);
    expect(isValidName(named(0x1c, 0x00, 0x01, 0xf6, 0x00))).toBe(true);
  });

  it.each([
    ['UTF-8 that is none', named(0x0c, 0xc3, 0x28)],
    ['UTF-8 in too many octets', named(0x0c, 0xc0, 0x80)],
    ['a surrogate in UTF-8', named(0x0c, 0xed, 0xa0, 0x80)],
    ['a letter in a NumericString', named(0x12, 0x41)],
    ['an at sign in a PrintableString', named(0x13, 0x40)],
    ['a line feed at the end of a PrintableString', named(0x13, 0x41, 0x0a)],
    ['an octet above 127 in an IA5String', named(0x16, 0x80)],
    ['half a character in a BMPString', named(0x1e, 0, 0x41, 0)],
    ['half a character in a UniversalString', named(0x1c, 0, 0)],
    ['half a surrogate pair in a BMPString', named(0x1e, 0xd8, 0x00)],
    ['a number beyond Unicode in a UniversalString', named(0x1c, 0x00, 0x11, 0x00, 0x00)],
    ['a value that is a sequence', named(0x30)],
    ['a value that is an octet string', named(0x04, 1)],
    ['a value that is nothing', named(0x05)],
    ['a value that ends contents', named(0x00)],
    ['an empty part', sequence(set())],
    ['a part that is no set', sequence(sequence(sequence(TYPE, element(0x13))))],
    ['an attribute without value', sequence(set(sequence(TYPE)))],
    ['an attribute with two values', sequence(set(sequence(TYPE, element(0x13), element(0x13))))],
    [
      'an attribute whose type is a number',
      sequence(set(sequence(integer(Buffer.of(1)), element(0x13)))),
    ],
    ['something after it', Buffer.concat([sequence(), Buffer.of(0)])],
    ['no sequence', set()],
  ])('is not valid with %s', (_name, der) => {
    expect(isValidName(der)).toBe(false);
  });

  it('tolerates an asterisk and an ampersand in a PrintableString', () => {
    expect(isValidName(named(0x13, 0x2a, 0x26))).toBe(true);
  });
});
