import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A field of a message: a number is a varint, bytes are bytes, nested fields a message; `raw` goes out as it is. */
export type Field =
  | readonly [field: number, value: string | number | bigint | Uint8Array | readonly Field[]]
  | { readonly raw: string };

/** A message field by field, in any order and however often: what generated encoders would not write. */
export function message(...fields: readonly Field[]): Uint8Array {
  const parts = fields.map((field) => {
    if ('raw' in field) return Buffer.from(field.raw.replaceAll(' ', ''), 'hex');
    const [number, value] = field;
    const writer = new BinaryWriter();
    if (typeof value === 'number' || typeof value === 'bigint') {
      return writer.tag(number, WireType.Varint).uint64(value).finish();
    }
    if (typeof value === 'string')
      return writer.tag(number, WireType.LengthDelimited).string(value).finish();
    return writer
      .tag(number, WireType.LengthDelimited)
      .bytes(value instanceof Uint8Array ? value : message(...value))
      .finish();
  });
  return Buffer.concat(parts);
}
