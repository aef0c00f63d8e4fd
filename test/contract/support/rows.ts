import type {
  CryptoProvider,
  DataKeys,
  ServiceKey,
  WrappedDataKey,
} from '../../../src/crypto/provider.ts';

/** A copy with the lowest bit of one byte flipped. */
export function changed(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

/** A new service key; its parent is forgotten. */
export function newServiceKey(provider: CryptoProvider): ServiceKey {
  return provider.serviceKeys.generate(provider.keyWrap.generateKey(256)).key;
}

/** The plaintext of a row, in a buffer of its own length. */
export function plaintextOf(
  dataKeys: DataKeys,
  key: ServiceKey,
  row: WrappedDataKey,
  header: Uint8Array,
): Buffer {
  const target = Buffer.alloc(row.wrapped.length);
  return target.subarray(0, dataKeys.read(key, row, header, target, 0));
}

/** Every way to change one part of a row: first, middle and last byte, one byte less, one more, nothing. */
export function damagedRows(row: WrappedDataKey): [string, WrappedDataKey][] {
  return (['wrapped', 'digest', 'mac'] as const).flatMap((part) => {
    const bytes = row[part];
    const last = bytes.length - 1;
    const variants: [string, Uint8Array][] = [
      ['first byte', changed(bytes, 0)],
      ['middle byte', changed(bytes, last >> 1)],
      ['last byte', changed(bytes, last)],
      ['cut', bytes.subarray(0, last)],
      ['prolonged', Buffer.concat([bytes, Buffer.of(0)])],
      ['empty', new Uint8Array(0)],
    ];
    return variants.map(([how, value]): [string, WrappedDataKey] => [
      `${part}: ${how}`,
      { ...row, [part]: value },
    ]);
  });
}
