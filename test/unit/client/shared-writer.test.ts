import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { expect, it } from 'vitest';
import { encodeShared } from '../../../src/client/shared-writer.ts';

const text = { encode: (value: string, writer: BinaryWriter) => writer.uint32(10).string(value) };

it('messages made one after the other are apart from each other', () => {
  const [first, large, second] = ['first', 'x'.repeat(100_000), 'second'].map((value) =>
    encodeShared(text, value),
  );
  expect(Buffer.from(first ?? []).toString('latin1')).toBe('\n\x05first');
  expect(large).toHaveLength(100_004);
  expect(Buffer.from(second ?? []).toString('latin1')).toBe('\n\x06second');
});

it('a message that cannot be encoded leaves nothing behind', () => {
  const failing = {
    encode: (value: string, writer: BinaryWriter): BinaryWriter => {
      writer.string(value);
      throw new TypeError('oops');
    },
  };
  expect(() => encodeShared(failing, 'lost')).toThrow('oops');
  expect(Buffer.from(encodeShared(text, 'next')).toString('latin1')).toBe('\n\x04next');
});
