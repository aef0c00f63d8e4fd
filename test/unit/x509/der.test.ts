import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contextConstructed, DerReader, isOneElement, TAG } from '../../../src/x509/der.ts';
import { element, integer, objectIdentifier, sequence } from '../../support/der-writer.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('the DER reader', () => {
  it('goes through nested elements in order', () => {
    const input = new DerReader(sequence(integer(Buffer.of(5)), sequence(), element(0x05)));
    const list = input.enter(TAG.sequence);
    input.finish();
    expect(list.nextIs(TAG.integer)).toBe(true);
    expect(list.nextIs(TAG.sequence)).toBe(false);
    expect([...list.readUnsigned()]).toEqual([5]);
    expect(list.enter(TAG.sequence).atEnd).toBe(true);
    expect(list.readAny()).toMatchObject({ tag: TAG.null });
    expect(list.atEnd).toBe(true);
    expect(() => list.readAny()).toThrow(RangeError);
  });

  it('gives an element with its header, and its contents without', () => {
    const encoding = element(0x04, Buffer.alloc(200, 1));
    const read = new DerReader(encoding).read(TAG.octetString);
    expect(Buffer.from(read.encoding)).toEqual(encoding);
    expect(read.content).toHaveLength(200);
  });

  it('reads back every length that a document can have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
        const read = new DerReader(element(0x04, Buffer.alloc(length))).readAny();
        expect(read.content).toHaveLength(length);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a tag without length', '30'],
    ['a length that is cut off', '308201'],
    ['contents that are cut off', '3003020101'.slice(0, -2)],
    ['the indefinite form', '30800000'],
    ['a long form where the short one does', '30810100'],
    ['a long form with a leading zero', `30820080${'00'.repeat(128)}`],
    ['more than 16 MiB', '308401000000'],
    ['a tag number above 30', '1f2a00'],
  ])('refuses %s', (_name, text) => {
    expect(() => new DerReader(hex(text)).readAny()).toThrow(RangeError);
    expect(isOneElement(hex(text))).toBe(false);
  });

  it('refuses another element than the one asked for, and elements left over', () => {
    expect(() => new DerReader(hex('0201')).read(TAG.sequence)).toThrow(RangeError);
    expect(() => new DerReader(hex('0500')).enter(contextConstructed(0))).toThrow(RangeError);
    expect(() => {
      new DerReader(hex('0500')).finish();
    }).toThrow(RangeError);
  });

  it.each([
    ['020100', ''],
    ['02017f', '7f'],
    ['02020080', '80'],
    ['0203010001', '010001'],
  ])('reads the number %s', (text, magnitude) => {
    expect(Buffer.from(new DerReader(hex(text)).readUnsigned()).toString('hex')).toBe(magnitude);
  });

  it.each(['0200', '020180', '0202007f', '02020000', '0402007f'])(
    'refuses %s as a number: empty, negative, padded or none',
    (text) => {
      expect(() => new DerReader(hex(text)).readUnsigned()).toThrow(RangeError);
    },
  );

  it('reads bit strings of whole octets alone', () => {
    expect([...new DerReader(hex('030300abcd')).readBits()]).toEqual([0xab, 0xcd]);
    for (const text of ['0300', '030204f0', '040200ab']) {
      expect(() => new DerReader(hex(text)).readBits(), text).toThrow(RangeError);
    }
  });

  it('reads object identifiers whose arcs are whole and minimal', () => {
    const oid = objectIdentifier('1.2.840.113549.1.1.11');
    expect(Buffer.from(new DerReader(oid).readOid())).toEqual(oid.subarray(2));
    for (const text of ['0600', '06022a86', '06032a8001', '06028001', '05022a03']) {
      expect(() => new DerReader(hex(text)).readOid(), text).toThrow(RangeError);
    }
  });

  it('tells one element from several', () => {
    expect(isOneElement(sequence())).toBe(true);
    expect(isOneElement(Buffer.concat([sequence(), sequence()]))).toBe(false);
  });
});
