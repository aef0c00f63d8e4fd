import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { FILE_DESCRIPTOR_SET } from '../../../src/generated/descriptors.ts';
import { reflectionMethods } from '../../../src/grpc/reflection.ts';
import { expectFailure } from '../../support/failures.ts';

const methods = reflectionMethods({
  descriptorSet: Buffer.from(FILE_DESCRIPTOR_SET, 'base64'),
  services: ['CryptoBroker.CryptoGrpc'],
});

/** A ServerReflectionRequest with one text in the field `number`. */
const ask = (number: number, text: string): Uint8Array =>
  new BinaryWriter().tag(number, WireType.LengthDelimited).string(text).finish();

/** The length-delimited fields of a message under one number. */
function fields(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number === wanted && type === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(type);
  }
  return found;
}

describe.each(methods)('server reflection at $path', (method) => {
  it('lists the services it was told of', async () => {
    const answer = await method.begin();
    const [list = Buffer.alloc(0)] = fields(answer(ask(7, '*')), 6);
    const names = fields(list, 1).flatMap((service) => fields(service, 1));
    expect(names.map((name) => Buffer.from(name).toString())).toEqual(['CryptoBroker.CryptoGrpc']);
  });

  it('has the files behind a symbol, and an error in the answer for one that is not there', async () => {
    const answer = await method.begin();
    // file_descriptor_response = 4, error_response = 7
    expect(fields(answer(ask(4, 'CryptoBroker.HashDataRequest')), 4)).toHaveLength(1);
    expect(fields(answer(ask(4, 'Nobody.Knows')), 7)).toHaveLength(1);
    expect(fields(answer(new Uint8Array(0)), 7)).toHaveLength(1);
  });

  it('answers each request of a stream for itself', async () => {
    const answer = await method.begin();
    const first = answer(ask(7, '*'));
    answer(ask(4, 'Nobody.Knows'));
    expect(answer(ask(7, '*'))).toEqual(first);
  });

  it('refuses what is no request', async () => {
    const answer = await method.begin();
    for (const bytes of [[0xff], [0x3a, 0x05, 0x2a], [0x07]]) {
      await expectFailure(() => answer(Buffer.from(bytes)), 'MESSAGE_MALFORMED');
    }
  });
});
