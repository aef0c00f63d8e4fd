import { describe, expect, it } from 'vitest';

import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import { bytesOf, written } from '../../../support/kmip/ttlv-samples.ts';

const TAG = 0x420020;
const KEY = new Uint8Array(32).fill(0xa5);

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

describe('a writer', () => {
  it('fills in the lengths of structures within structures, padding included', () => {
    const bytes = written((to) => {
      to.begin(TAG);
      to.begin(TAG);
      to.text(TAG, 'abc');
      to.end();
      to.begin(TAG);
      to.end();
      to.end();
    });
    expect(bytes).toEqual(
      bytesOf(`420020 01 00000020
                 420020 01 00000010
                   420020 07 00000003 6162630000000000
                 420020 01 00000000`),
    );
  });

  it('grows as it must and keeps what was written', () => {
    const writer = new TtlvWriter(8);
    writer.begin(TAG);
    for (let value = 0; value < 1000; value += 1) writer.integer(TAG, value);
    writer.end();
    const reader = new TtlvReader(writer.finish());
    reader.enter(TAG);
    for (let value = 0; value < 1000; value += 1) expect(reader.integer(TAG)).toBe(value);
    reader.leave();
  });

  it.each(['', 'a', '1234567', '12345678', 'é', '🔑'.repeat(50), 'x'.repeat(65), 'end\0\0'])(
    'writes the text %j as UTF-8 and pads it with zeros',
    (text) => {
      const writer = new TtlvWriter();
      // Bytes of an earlier message must not shine through.
      writer.byteString(TAG, new Uint8Array(400).fill(0xff));
      writer.reset();
      writer.text(TAG, text);
      const utf8 = Buffer.from(text, 'utf8');
      const value = writer.finish().subarray(8);
      expect(value.byteLength).toBe(Math.ceil(utf8.byteLength / 8) * 8);
      expect(Buffer.from(value.subarray(0, utf8.byteLength))).toEqual(utf8);
      expect(isZero(value.subarray(utf8.byteLength))).toBe(true);
      expect(new TtlvReader(writer.finish()).text(TAG)).toBe(text);
    },
  );

  it('writes a Big Integer in the fewest groups that keep its sign', () => {
    const lengths = [0n, -1n, (1n << 63n) - 1n, 1n << 63n, -(1n << 63n), -(1n << 63n) - 1n].map(
      (value) =>
        written((to) => {
          to.bigInteger(TAG, value);
        }).byteLength - 8,
    );
    expect(lengths).toEqual([8, 8, 8, 16, 8, 16]);
  });

  it('takes a whole item as it is', () => {
    const item = written((to) => {
      to.text(TAG, 'abc');
    });
    expect(
      written((to) => {
        to.raw(item);
      }),
    ).toEqual(item);
  });

  it('goes back to a mark, and forgets the structures that were begun since', () => {
    const writer = new TtlvWriter();
    writer.begin(TAG);
    writer.integer(TAG, 1);
    const mark = writer.mark();
    writer.begin(TAG);
    writer.begin(TAG);
    writer.integer(TAG, 2);
    writer.rewind(mark);
    writer.integer(TAG, 3);
    writer.end();
    expect(writer.finish()).toEqual(
      Buffer.from(
        written((to) => {
          to.begin(TAG);
          to.integer(TAG, 1);
          to.integer(TAG, 3);
          to.end();
        }),
      ),
    );
  });

  it('is used again after a reset', () => {
    const writer = new TtlvWriter();
    writer.begin(TAG);
    writer.reset();
    expect(writer.length).toBe(0);
    writer.integer(TAG, 1);
    expect(writer.finish().byteLength).toBe(16);
  });
});

describe('a writer refuses, as a mistake of its caller,', () => {
  it.each<[string, (writer: TtlvWriter) => void]>([
    [
      'an Integer of 33 bits',
      (to) => {
        to.integer(TAG, 2 ** 31);
      },
    ],
    [
      'a fraction',
      (to) => {
        to.integer(TAG, 0.5);
      },
    ],
    [
      'no number',
      (to) => {
        to.integer(TAG, NaN);
      },
    ],
    [
      'a negative Enumeration',
      (to) => {
        to.enumeration(TAG, -1);
      },
    ],
    [
      'an Enumeration of 33 bits',
      (to) => {
        to.enumeration(TAG, 2 ** 32);
      },
    ],
    [
      'a negative Interval',
      (to) => {
        to.interval(TAG, -1);
      },
    ],
    [
      'a Long Integer of 65 bits',
      (to) => {
        to.longInteger(TAG, 1n << 63n);
      },
    ],
    [
      'a Date Time of 65 bits',
      (to) => {
        to.dateTime(TAG, -(1n << 63n) - 1n);
      },
    ],
    [
      'a Date Time Extended of 65 bits',
      (to) => {
        to.dateTimeExtended(TAG, 1n << 63n);
      },
    ],
    [
      'NUL within a short text',
      (to) => {
        to.text(TAG, 'a\0b');
      },
    ],
    [
      'NUL within a long text',
      (to) => {
        to.text(TAG, `${'a'.repeat(80)}\0b`);
      },
    ],
    [
      'an item without its padding',
      (to) => {
        to.raw(bytesOf('420020 08 00000001 41'));
      },
    ],
    [
      'an item with a byte too many',
      (to) => {
        to.raw(bytesOf('420020 08 00000000 41'));
      },
    ],
    [
      'less than a header',
      (to) => {
        to.raw(bytesOf('420020 08'));
      },
    ],
    [
      'end without begin',
      (to) => {
        to.end();
      },
    ],
    [
      'a mark ahead',
      (to) => {
        to.rewind(1);
      },
    ],
    [
      'a structure that is still open',
      (to) => {
        to.begin(TAG);
        to.finish();
      },
    ],
  ])('%s', (_what, write) => {
    expect(() => {
      write(new TtlvWriter());
    }).toThrow(RangeError);
  });
});

describe('a writer that holds key material', () => {
  it('hands out zeroed room that is written in place, and is secret from there', () => {
    const writer = new TtlvWriter();
    writer.byteString(TAG, KEY);
    writer.reset();
    expect(writer.secret).toBe(false);
    const at = writer.reserve(TAG, 13);
    expect(writer.secret).toBe(true);
    expect(isZero(writer.finish().subarray(8))).toBe(true);
    writer.buffer.set(KEY.subarray(0, 13), at);
    const read = new TtlvReader(writer.finish()).byteString(TAG);
    expect(Buffer.from(read)).toEqual(Buffer.from(KEY.subarray(0, 13)));
  });

  it('leaves nothing in the buffer that it grows out of', () => {
    const writer = new TtlvWriter(64);
    writer.buffer.set(KEY, writer.reserve(TAG, KEY.byteLength));
    const old = writer.buffer;
    writer.byteString(TAG, new Uint8Array(100));
    expect(writer.buffer).not.toBe(old);
    expect(isZero(old)).toBe(true);
    expect(Buffer.from(new TtlvReader(writer.finish()).byteString(TAG))).toEqual(Buffer.from(KEY));
  });

  it('overwrites what it goes back over', () => {
    const writer = new TtlvWriter();
    writer.integer(TAG, 1);
    const mark = writer.mark();
    writer.buffer.set(KEY, writer.reserve(TAG, KEY.byteLength));
    writer.rewind(mark);
    expect(isZero(writer.buffer.subarray(mark))).toBe(true);
    expect(writer.length).toBe(mark);
  });

  it('is empty and zero after a wipe or a reset, and no longer secret', () => {
    for (const empty of ['wipe', 'reset'] as const) {
      const writer = new TtlvWriter();
      writer.markSecret();
      writer.byteString(TAG, KEY);
      writer[empty]();
      expect(isZero(writer.buffer)).toBe(true);
      expect([writer.length, writer.secret]).toEqual([0, false]);
    }
  });
});
