import { describe, expect, it } from 'vitest';
import {
  decodeRowHeader,
  encodeRowHeader,
  type RowHeader,
} from '../../../../src/gateway/keys/row-header.ts';
import { expectFailure } from '../../../support/failures.ts';

const HEADER: RowHeader = {
  tenant: 'acme',
  service: 'orders',
  uid: '0d5e3c3e-7d35-4a45-9a07-3f5d3f1c2b11',
  objectType: 2,
  state: 2,
  revision: 7,
  serviceKeyId: 'l3-orders',
  serviceKeyVersion: 3,
  createdAt: 1_893_456_000,
  attributesDigest: new Uint8Array(32).fill(0xa5),
};

const OTHERS: readonly Partial<RowHeader>[] = [
  { tenant: 'acmf' },
  { service: 'order' },
  { uid: 'other' },
  { objectType: 7 },
  { state: 16 },
  { revision: 8 },
  { serviceKeyId: 'l3-order' },
  { serviceKeyVersion: 4 },
  { createdAt: 1_893_456_001 },
  { attributesDigest: new Uint8Array(32).fill(0xa4) },
  // Letters that move from one text to the next.
  { tenant: 'acmeo', service: 'rders' },
  { tenant: '', service: 'acmeorders' },
  // A number that a 32-bit field would cut.
  { createdAt: 1_893_456_000 + 2 ** 32 },
];

describe('row header', () => {
  it('has the same bytes for the same fields, and comes back whole', () => {
    const bytes = encodeRowHeader(HEADER);
    expect(encodeRowHeader({ ...HEADER })).toEqual(bytes);
    const back = decodeRowHeader(bytes);
    expect({ ...back, attributesDigest: Uint8Array.from(back.attributesDigest) }).toEqual(HEADER);
  });

  it.each(OTHERS)('has other bytes when %o', (change) => {
    expect(encodeRowHeader({ ...HEADER, ...change })).not.toEqual(encodeRowHeader(HEADER));
  });

  it('is not read from anything but a header of its own layout', async () => {
    const bytes = Buffer.from(encodeRowHeader(HEADER));
    const otherLayout = Buffer.from(bytes);
    otherLayout.write('2', 'crypto-broker vault row '.length);
    const damaged = [
      Buffer.alloc(0),
      bytes.subarray(0, bytes.length - 1),
      Buffer.concat([bytes, Buffer.from([0])]),
      otherLayout,
    ];
    for (const candidate of damaged) {
      await expectFailure(() => decodeRowHeader(candidate), 'VAULT_DAMAGED');
    }
  });

  it('is not read when a length points beyond its end', async () => {
    const bytes = Buffer.from(encodeRowHeader(HEADER));
    bytes.writeUInt32BE(0xffff_ffff, 'crypto-broker vault row 1\0'.length);
    await expectFailure(() => decodeRowHeader(bytes), 'VAULT_DAMAGED');
  });
});
