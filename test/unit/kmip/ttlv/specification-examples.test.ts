import { describe, expect, it } from 'vitest';

import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import { validate } from '../../../../src/kmip/ttlv/validate.ts';
import type { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import { bytesOf, written } from '../../../support/kmip/ttlv-samples.ts';

/** Every encoding example of KMIP 1.4 §9.1.2 (2.1 §10.1.2); all of them carry the tag 420020. */
const TAG = 0x420020;

interface Example {
  readonly what: string;
  readonly hex: string;
  readonly value: unknown;
  readonly read: (reader: TtlvReader) => unknown;
  readonly write: (writer: TtlvWriter) => void;
}

const EXAMPLES: readonly Example[] = [
  {
    what: 'an Integer of the decimal value 8',
    hex: '42 00 20 | 02 | 00 00 00 04 | 00 00 00 08 00 00 00 00',
    value: 8,
    read: (reader) => reader.integer(TAG),
    write: (writer) => {
      writer.integer(TAG, 8);
    },
  },
  {
    what: 'a Long Integer of the decimal value 123456789000000000',
    hex: '42 00 20 | 03 | 00 00 00 08 | 01 B6 9B 4B A5 74 92 00',
    value: 123_456_789_000_000_000n,
    read: (reader) => reader.longInteger(TAG),
    write: (writer) => {
      writer.longInteger(TAG, 123_456_789_000_000_000n);
    },
  },
  {
    what: 'a Big Integer of the decimal value 1234567890000000000000000000',
    hex: '42 00 20 | 04 | 00 00 00 10 | 00 00 00 00 03 FD 35 EB 6B C2 DF 46 18 08 00 00',
    value: 1_234_567_890_000_000_000_000_000_000n,
    read: (reader) => reader.bigInteger(TAG),
    write: (writer) => {
      writer.bigInteger(TAG, 1_234_567_890_000_000_000_000_000_000n);
    },
  },
  {
    what: 'an Enumeration with value 255',
    hex: '42 00 20 | 05 | 00 00 00 04 | 00 00 00 FF 00 00 00 00',
    value: 255,
    read: (reader) => reader.enumeration(TAG),
    write: (writer) => {
      writer.enumeration(TAG, 255);
    },
  },
  {
    what: 'a Boolean with the value True',
    hex: '42 00 20 | 06 | 00 00 00 08 | 00 00 00 00 00 00 00 01',
    value: true,
    read: (reader) => reader.boolean(TAG),
    write: (writer) => {
      writer.boolean(TAG, true);
    },
  },
  {
    what: 'a Text String with the value "Hello World"',
    hex: '42 00 20 | 07 | 00 00 00 0B | 48 65 6C 6C 6F 20 57 6F 72 6C 64 00 00 00 00 00',
    value: 'Hello World',
    read: (reader) => reader.text(TAG),
    write: (writer) => {
      writer.text(TAG, 'Hello World');
    },
  },
  {
    what: 'a Byte String with the value { 0x01, 0x02, 0x03 }',
    hex: '42 00 20 | 08 | 00 00 00 03 | 01 02 03 00 00 00 00 00',
    value: Uint8Array.of(1, 2, 3),
    read: (reader) => reader.byteString(TAG),
    write: (writer) => {
      writer.byteString(TAG, Uint8Array.of(1, 2, 3));
    },
  },
  {
    what: 'a Date-Time of Friday, March 14, 2008, 11:56:40 GMT',
    hex: '42 00 20 | 09 | 00 00 00 08 | 00 00 00 00 47 DA 67 F8',
    value: BigInt(Date.UTC(2008, 2, 14, 11, 56, 40) / 1000),
    read: (reader) => reader.dateTime(TAG),
    write: (writer) => {
      writer.dateTime(TAG, 0x47da67f8n);
    },
  },
  {
    what: 'an Interval of 10 days',
    hex: '42 00 20 | 0A | 00 00 00 04 | 00 0D 2F 00 00 00 00 00',
    value: 10 * 24 * 3600,
    read: (reader) => reader.interval(TAG),
    write: (writer) => {
      writer.interval(TAG, 864_000);
    },
  },
  {
    what: 'a Structure of an Enumeration, value 254, and an Integer, value 255',
    hex: `42 00 20 | 01 | 00 00 00 20 |
          42 00 04 | 05 | 00 00 00 04 | 00 00 00 FE 00 00 00 00 |
          42 00 05 | 02 | 00 00 00 04 | 00 00 00 FF 00 00 00 00`,
    value: [254, 255],
    read: (reader) => {
      reader.enter(TAG);
      const values = [reader.enumeration(0x420004), reader.integer(0x420005)];
      reader.leave();
      return values;
    },
    write: (writer) => {
      writer.begin(TAG);
      writer.enumeration(0x420004, 254);
      writer.integer(0x420005, 255);
      writer.end();
    },
  },
];

describe('an encoding example of the specification', () => {
  it.each(EXAMPLES)('is read: $what', ({ hex, value, read }) => {
    const reader = new TtlvReader(bytesOf(hex));
    expect(read(reader)).toEqual(value);
    expect(reader.atEnd()).toBe(true);
  });

  it.each(EXAMPLES)('is written byte for byte: $what', ({ hex, write }) => {
    expect(written(write)).toEqual(bytesOf(hex));
  });

  it.each(EXAMPLES)('is valid: $what', ({ hex }) => {
    expect(() => {
      validate(bytesOf(hex));
    }).not.toThrow();
  });
});
