/** Protocol buffers by hand, so that they can be wrong (https://protobuf.dev/programming-guides/encoding). */

/** A number in groups of 7 bits, with so many needless octets behind it. */
export function varint(value: bigint | number, needless = 0): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const octets: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) octets.push(Number(rest & 0x7fn) | 0x80);
  octets.push(Number(rest));
  if (needless > 0) {
    octets[octets.length - 1] = (octets.at(-1) ?? 0) | 0x80;
    for (let count = 1; count < needless; count += 1) octets.push(0x80);
    octets.push(0);
  }
  return Buffer.from(octets);
}

export const WIRE = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

export function tag(field: number, wire: number): Buffer {
  return varint((BigInt(field) << 3n) | BigInt(wire));
}

/** A field with a length before its octets. */
export function bytesField(field: number, value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([tag(field, WIRE.bytes), varint(bytes.length), bytes]);
}

export function varintField(field: number, value: bigint | number, needless = 0): Buffer {
  return Buffer.concat([tag(field, WIRE.varint), varint(value, needless)]);
}
