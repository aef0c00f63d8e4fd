import { describe, expect, it } from 'vitest';

import { DEFAULT_TTLV_LIMITS } from '../../../../src/kmip/ttlv/limits.ts';
import type { TtlvErrorKind } from '../../../../src/kmip/ttlv/ttlv-error.ts';
import { validate } from '../../../../src/kmip/ttlv/validate.ts';
import {
  bytesOf,
  createAndGetRequest,
  createAndGetResponse,
  everyType,
  ttlvFailure,
  written,
} from '../../../support/kmip/ttlv-samples.ts';

/** `depth` structures, one within the other. */
function nested(depth: number): Uint8Array {
  const bytes = new Uint8Array(depth * 8);
  const view = new DataView(bytes.buffer);
  for (let level = 0; level < depth; level += 1) {
    view.setUint32(level * 8, 0x42007801);
    view.setUint32(level * 8 + 4, (depth - level - 1) * 8);
  }
  return bytes;
}

describe('validation of a whole message', () => {
  it.each([
    ['a request', createAndGetRequest],
    ['a response', createAndGetResponse],
    ['items of every type', everyType],
  ])('lets %s pass', (_what, write) => {
    expect(() => {
      validate(written(write));
    }).not.toThrow();
  });

  it.each<[string, TtlvErrorKind, number, string]>([
    ['nothing', 'truncated', 0, ''],
    ['a second item', 'unexpected-field', 8, '420078 01 00000000 420078 01 00000000'],
    ['a byte after the message', 'unexpected-field', 8, '420078 01 00000000 00'],
    [
      'an Integer of no length deep inside',
      'bad-length',
      16,
      '420078 01 00000010 420077 01 00000008 42000d 02 00000000',
    ],
    [
      'a Boolean of 2 deep inside',
      'bad-value',
      8,
      '420078 01 00000010 420010 06 00000008 0000000000000002',
    ],
    [
      'a text that is not UTF-8 deep inside',
      'bad-value',
      8,
      '420078 01 00000010 420055 07 00000001 ff00000000000000',
    ],
    [
      'a child that goes beyond its parent',
      'bad-length',
      16,
      '420078 01 00000018 420077 01 00000008 420055 07 00000008 4141414141414141',
    ],
    [
      'a parent that ends before the value of a child',
      'bad-length',
      24,
      '420078 01 00000018 42000d 02 00000004 0000000100000000 42000d 02 00000004',
    ],
    ['a declared length of 4 GiB', 'truncated', 0, '420078 01 fffffff8'],
    ['a type that does not exist', 'bad-type', 8, '420078 01 00000008 420077 0f 00000000'],
  ])('refuses %s', (_what, kind, offset, hex) => {
    const failure = ttlvFailure(() => {
      validate(bytesOf(hex));
    });
    expect([failure.kind, failure.offset]).toEqual([kind, offset]);
  });

  it('goes 32 structures deep and no further, whatever depth is sent', () => {
    expect(() => {
      validate(nested(32));
    }).not.toThrow();
    for (const depth of [33, 10_000, 131_072]) {
      const failure = ttlvFailure(() => {
        validate(nested(depth));
      });
      expect([failure.kind, failure.offset]).toEqual(['too-deep', 256]);
    }
  });

  it('needs no stack for depth when a limit allows it', () => {
    expect(() => {
      validate(nested(100_000), { ...DEFAULT_TTLV_LIMITS, depth: 100_000, items: 100_000 });
    }).not.toThrow();
  });

  it('counts the items of all depths', () => {
    const message = written((to) => {
      to.begin(0x420078);
      for (let structure = 0; structure < 10; structure += 1) {
        to.begin(0x42000f);
        for (let item = 0; item < 1999; item += 1) to.byteString(0x4200c2, new Uint8Array(0));
        to.end();
      }
      to.end();
    });
    const failure = ttlvFailure(() => {
      validate(message);
    });
    expect([failure.kind, failure.offset]).toEqual(['too-many-items', message.byteLength - 8]);
  });

  it('refuses a message beyond the cap before it looks into it', () => {
    const failure = ttlvFailure(() => {
      validate(new Uint8Array(1_048_577));
    });
    expect(failure.kind).toBe('too-large');
  });
});
