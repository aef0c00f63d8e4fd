import { describe, expect, it } from 'vitest';

import { DEFAULT_TTLV_LIMITS } from '../../../../src/kmip/ttlv/limits.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import type { TtlvErrorKind } from '../../../../src/kmip/ttlv/ttlv-error.ts';
import { bytesOf, ttlvFailure, written } from '../../../support/kmip/ttlv-samples.ts';

const TAG = 0x420020;
const OTHER = 0x420021;

const readerOf = (hex: string, limits = DEFAULT_TTLV_LIMITS): TtlvReader =>
  new TtlvReader(bytesOf(hex), limits);

describe('a reader', () => {
  it('says what comes next without going there', () => {
    const reader = readerOf('420020 02 00000004 00000008 00000000');
    expect([reader.nextTag(), reader.nextType(), reader.offset]).toEqual([TAG, 2, 0]);
    expect([reader.has(TAG), reader.has(OTHER), reader.atEnd()]).toEqual([true, false, false]);
    reader.integer(TAG);
    expect([reader.nextTag(), reader.nextType(), reader.offset]).toEqual([0, 0, 16]);
    expect([reader.has(TAG), reader.atEnd()]).toEqual([false, true]);
  });

  it('reads fields that may be absent by their tags', () => {
    const reader = new TtlvReader(
      written((to) => {
        to.begin(TAG);
        to.boolean(OTHER, false);
        to.end();
      }),
    );
    reader.enter(TAG);
    expect(reader.has(TAG)).toBe(false);
    expect(reader.boolean(OTHER)).toBe(false);
    expect(reader.nextTag()).toBe(0);
    reader.leave();
    expect(reader.atEnd()).toBe(true);
  });

  it('hands out views, not copies', () => {
    const bytes = written((to) => {
      to.byteString(TAG, Uint8Array.of(1, 2, 3));
      to.integer(OTHER, 7);
    });
    const value = new TtlvReader(bytes).byteString(TAG);
    expect(value.buffer).toBe(bytes.buffer);
    const reader = new TtlvReader(bytes);
    expect(reader.item(TAG)).toEqual(bytes.subarray(0, 16));
    expect(reader.item()).toEqual(bytes.subarray(16));
  });

  it('reads numbers at the ends of their ranges', () => {
    const reader = new TtlvReader(
      written((to) => {
        to.integer(TAG, -(2 ** 31));
        to.enumeration(TAG, 2 ** 32 - 1);
        to.interval(TAG, 2 ** 32 - 1);
        to.longInteger(TAG, -(1n << 63n));
        to.dateTimeExtended(TAG, (1n << 63n) - 1n);
        to.bigInteger(TAG, -1n);
      }),
    );
    expect(reader.integer(TAG)).toBe(-2_147_483_648);
    expect(reader.enumeration(TAG)).toBe(4_294_967_295);
    expect(reader.interval(TAG)).toBe(4_294_967_295);
    expect(reader.longInteger(TAG)).toBe(-9_223_372_036_854_775_808n);
    expect(reader.dateTimeExtended(TAG)).toBe(9_223_372_036_854_775_807n);
    expect(reader.bigInteger(TAG)).toBe(-1n);
  });

  it('reads a Big Integer with more sign bits than it needs', () => {
    expect(readerOf('420020 04 00000010 ffffffffffffffff ffffffffffffff80').bigInteger(TAG)).toBe(
      -128n,
    );
  });

  it('does not mind what the padding holds', () => {
    expect(readerOf('420020 02 00000004 00000008 deadbeef').integer(TAG)).toBe(8);
    expect(readerOf('420020 07 00000001 41 ffffffffffffff').text(TAG)).toBe('A');
  });

  it('keeps NUL at the end of a text for the caller, whose peer may have counted its padding', () => {
    expect(readerOf('420020 07 00000008 4142430000000000').text(TAG)).toBe('ABC\0\0\0\0\0');
  });

  it('reads text beyond ASCII, a byte order mark included', () => {
    const text = '\u{feff}ключ 🔑';
    expect(
      new TtlvReader(
        written((to) => {
          to.text(TAG, text);
        }),
      ).text(TAG),
    ).toBe(text);
  });

  it('skips what nobody wants to know', () => {
    const reader = new TtlvReader(
      written((to) => {
        to.begin(TAG);
        to.integer(OTHER, 1);
        to.begin(OTHER);
        to.text(TAG, 'x');
        to.end();
        to.end();
      }),
    );
    reader.enter(TAG);
    reader.skipRest();
    reader.leave();
    expect(reader.atEnd()).toBe(true);
  });

  it('takes leave without enter for the mistake of a programmer, not of the peer', () => {
    expect(() => {
      readerOf('').leave();
    }).toThrow(RangeError);
  });
});

describe('a reader refuses', () => {
  it.each<[string, TtlvErrorKind, string, (reader: TtlvReader) => unknown]>([
    ['an Integer of no length', 'bad-length', '420020 02 00000000', (r) => r.integer(TAG)],
    ['an Integer of 8', 'bad-length', '420020 02 00000008 0000000000000008', (r) => r.integer(TAG)],
    ['a Boolean of 2', 'bad-value', '420020 06 00000008 0000000000000002', (r) => r.boolean(TAG)],
    [
      'a Boolean with a bit high up',
      'bad-value',
      '420020 06 00000008 0100000000000001',
      (r) => r.boolean(TAG),
    ],
    [
      'a Date Time of 4 bytes',
      'bad-length',
      '420020 09 00000004 0000000100000000',
      (r) => r.dateTime(TAG),
    ],
    ['a Big Integer of no length', 'bad-length', '420020 04 00000000', (r) => r.bigInteger(TAG)],
    [
      'a Big Integer of 4 bytes',
      'bad-length',
      '420020 04 00000004 0000000100000000',
      (r) => r.bigInteger(TAG),
    ],
    ['NUL within a text', 'bad-value', '420020 07 00000003 41004100 00000000', (r) => r.text(TAG)],
    [
      'a text that is not UTF-8',
      'bad-value',
      '420020 07 00000002 c328 000000000000',
      (r) => r.text(TAG),
    ],
    ['a text of 4 GiB', 'too-large', '420020 07 ffffffff', (r) => r.text(TAG)],
    [
      'a text that is cut off',
      'truncated',
      '420020 07 00000009 4141414141414141',
      (r) => r.text(TAG),
    ],
    [
      'a value without its padding',
      'truncated',
      '420020 02 00000004 00000008',
      (r) => r.integer(TAG),
    ],
    ['half a header', 'truncated', '42002002', (r) => r.nextTag()],
    [
      'a Structure of 12 bytes',
      'bad-length',
      '420020 01 0000000c 000000000000000000000000',
      (r) => {
        r.enter(TAG);
      },
    ],
    [
      'type 0',
      'bad-type',
      '420020 00 00000000',
      (r) => {
        r.skip();
      },
    ],
    ['type 12', 'bad-type', '420020 0c 00000000', (r) => r.integer(TAG)],
    [
      'another type than the field has',
      'wrong-type',
      '420020 05 00000004 00000001 00000000',
      (r) => r.integer(TAG),
    ],
    [
      'another field',
      'missing-field',
      '420021 02 00000004 00000001 00000000',
      (r) => r.integer(TAG),
    ],
    ['no field', 'missing-field', '', (r) => r.integer(TAG)],
    ['no item', 'missing-field', '', (r) => r.item()],
    ['another item', 'missing-field', '420021 02 00000004 00000001 00000000', (r) => r.item(TAG)],
    [
      'a tag of no name space',
      'bad-value',
      '430020 02 00000004 00000001 00000000',
      (r) => r.nextTag(),
    ],
    [
      'the tag 0, which would look like the end',
      'bad-value',
      '000000 02 00000004 00000001 00000000',
      (r) => r.nextTag(),
    ],
  ])('%s', (_what, kind, hex, read) => {
    const failure = ttlvFailure(() => read(readerOf(hex)));
    expect(failure.kind).toBe(kind);
    expect(failure.offset).toBe(0);
    expect(failure.message).toMatch(/^[^.]* at byte 0$/u);
  });

  it('a field that is left over when it leaves, and says where', () => {
    const reader = readerOf(
      '420020 01 00000020  420021 02 00000004 0000000100000000  420021 02 00000004 0000000200000000',
    );
    reader.enter(TAG);
    reader.integer(OTHER);
    const failure = ttlvFailure(() => {
      reader.leave();
    });
    expect([failure.kind, failure.offset]).toEqual(['unexpected-field', 24]);
  });

  it('a child that goes beyond its parent, though the bytes are there', () => {
    const reader = readerOf(
      '420020 01 00000010  420021 07 00000010 41414141414141414141414141414141',
    );
    reader.enter(TAG);
    const failure = ttlvFailure(() => reader.text(OTHER));
    expect([failure.kind, failure.offset]).toEqual(['bad-length', 8]);
  });

  it('a field of the structure around the one it is in', () => {
    const reader = readerOf('420020 01 00000000  420021 02 00000004 0000000100000000');
    reader.enter(TAG);
    expect(reader.nextTag()).toBe(0);
    expect(ttlvFailure(() => reader.integer(OTHER)).kind).toBe('missing-field');
  });

  it('what goes beyond the limits it was given', () => {
    const limits = {
      ...DEFAULT_TTLV_LIMITS,
      depth: 2,
      items: 3,
      fieldLength: 4,
      bigIntegerLength: 8,
    };
    const text = readerOf('420020 07 00000005 4141414141000000', limits);
    expect(ttlvFailure(() => text.text(TAG)).kind).toBe('too-large');
    const big = readerOf('420020 04 00000010 00000000000000000000000000000001', limits);
    expect(ttlvFailure(() => big.bigInteger(TAG)).kind).toBe('too-large');
    const deep = readerOf('420020 01 00000010 420020 01 00000008 420020 01 00000000', limits);
    deep.enter(TAG);
    deep.enter(TAG);
    expect(
      ttlvFailure(() => {
        deep.enter(TAG);
      }).kind,
    ).toBe('too-deep');
    const many = readerOf('420020 08 00000000'.repeat(4), limits);
    for (let item = 0; item < 3; item += 1) many.byteString(TAG);
    const failure = ttlvFailure(() => many.byteString(TAG));
    expect([failure.kind, failure.offset]).toEqual(['too-many-items', 24]);
    expect(
      ttlvFailure(() => readerOf('00', { ...DEFAULT_TTLV_LIMITS, messageLength: 0 })).kind,
    ).toBe('too-large');
  });
});

describe('the frame of a message', () => {
  const frame = (hex: string, cap = 1024, side?: 'request' | 'response'): number =>
    TtlvReader.frame(bytesOf(hex), cap, side);

  it('is told from its first 8 bytes', () => {
    expect(frame('420078 01 00000010')).toBe(24);
    expect(frame('420078 01 00000000')).toBe(8);
    expect(frame('42007b 01 000003f8', 1024, 'response')).toBe(1024);
    expect(frame('420078 01 00000010 deadbeef')).toBe(24);
  });

  it.each<[string, TtlvErrorKind, string, 'request' | 'response']>([
    ['7 bytes', 'truncated', '42007801000000', 'request'],
    ['a response where a request must be', 'unexpected-field', '42007b 01 00000010', 'request'],
    ['a request where a response must be', 'unexpected-field', '420078 01 00000010', 'response'],
    ['another protocol', 'unexpected-field', '47455420 2f204854', 'request'],
    ['a message that is no Structure', 'wrong-type', '420078 08 00000010', 'request'],
    ['a length that is no multiple of 8', 'bad-length', '420078 01 00000011', 'request'],
    ['one byte more than the cap', 'too-large', '420078 01 00000400', 'request'],
    ['4 GiB', 'too-large', '420078 01 fffffff8', 'request'],
  ])('refuses %s', (_what, kind, hex, side) => {
    expect(ttlvFailure(() => frame(hex, 1024, side)).kind).toBe(kind);
  });
});
