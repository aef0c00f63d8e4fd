import { createHash, createHmac } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import type {
  CryptoProvider,
  DataKeys,
  ServiceKey,
  WrappedDataKey,
} from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';
import { changed, damagedRows, newServiceKey, plaintextOf } from '../support/rows.ts';

const HEADER = Buffer.from('tenant blue, service mongo, uid 7, active');
const UNTOUCHED = 0xee;

export function describeDataKeys(open: () => Promise<CryptoProvider>): void {
  describe('data keys', () => {
    let provider: CryptoProvider;
    let dataKeys: DataKeys;
    let key: ServiceKey;
    beforeAll(async () => {
      provider = await open();
      dataKeys = provider.dataKeys;
      key = newServiceKey(provider);
    });
    const read = (row: WrappedDataKey, header: Uint8Array = HEADER): Buffer =>
      plaintextOf(dataKeys, key, row, header);
    /** A row that holds bytes of `length` that count up. */
    const rowOf = (length: number): WrappedDataKey => dataKeys.wrap(key, counting(length), HEADER);

    describe('that are made', () => {
      it.each([128, 192, 256])('have %i bits, and are new each time', (bits) => {
        const seen = new Set<string>();
        for (let i = 0; i < 20; i++) {
          const row = dataKeys.create(key, bits, HEADER);
          expect(row.wrapped).toHaveLength(bits / 8 + 8);
          const plaintext = read(row);
          expect(plaintext).toHaveLength(bits / 8);
          seen.add(plaintext.toString('hex'));
        }
        expect(seen.size).toBe(20);
      });

      it.each([0, 8, 64, 127, 129, 255, 257, 512, -128, 128.5, NaN])(
        'have no %d bits',
        async (bits) => {
          await expectFailure(() => dataKeys.create(key, bits, HEADER), 'INPUT_INVALID');
        },
      );
    });

    describe('that are given', () => {
      it.each([1, 2, 7, 8, 9, 15, 16, 17, 20, 24, 31, 32, 33, 64, 4088, 4095, 4096])(
        'of %i bytes come back, and what was given is wiped',
        (length) => {
          const given = counting(length);
          const row = dataKeys.wrap(key, given, HEADER);
          expect(given.every((byte) => byte === 0)).toBe(true);
          expect(row.wrapped).toHaveLength(Math.ceil(length / 8) * 8 + 8);
          expect(read(row).equals(counting(length))).toBe(true);
        },
      );

      it('have 1 to 4096 bytes, and are wiped when they have not', async () => {
        await expectFailure(() => dataKeys.wrap(key, new Uint8Array(0), HEADER), 'INPUT_INVALID');
        const long = counting(4097);
        await expectFailure(() => dataKeys.wrap(key, long, HEADER), 'INPUT_INVALID');
        expect(long.every((byte) => byte === 0)).toBe(true);
      });

      it('may not be part of the header that is stored', async () => {
        const arena = counting(64);
        const wrap = () => dataKeys.wrap(key, arena.subarray(0, 32), arena.subarray(16));
        await expectFailure(wrap, 'INPUT_INVALID');
      });
    });

    describe('in their stored form', () => {
      it.each([
        [16, 'kw'],
        [24, 'kw'],
        [32, 'kw'],
        [4096, 'kw'],
        [1, 'kwp'],
        [8, 'kwp'],
        [15, 'kwp'],
        [20, 'kwp'],
        [4095, 'kwp'],
      ] as const)('of %i bytes are wrapped by %s', (length, mode) => {
        const { keyWrap, serviceKeys } = provider;
        const bytes = Buffer.alloc(32, 0x5c);
        const parent = keyWrap.generateKey(256);
        const wrappedKey = new Uint8Array(40);
        keyWrap.wrap('kw', parent, bytes, wrappedKey);
        const known = serviceKeys.unwrap(parent, wrappedKey);
        const row = dataKeys.wrap(known, counting(length), HEADER);
        const plaintext = Buffer.alloc(length);
        const kek = keyWrap.importKey(bytes);
        expect(keyWrap.unwrap(mode, kek, row.wrapped, plaintext)).toBe(length);
        expect(plaintext.equals(counting(length))).toBe(true);
      });

      it('have the SHA-256 of the key as their digest', () => {
        const row = dataKeys.create(key, 256, HEADER);
        const digest = createHash('sha256').update(read(row)).digest('hex');
        expect(Buffer.from(row.digest).toString('hex')).toBe(digest);
      });

      it('have an HMAC under the derived key, each part with its length before it', () => {
        const { keyWrap, serviceKeys } = provider;
        const parent = keyWrap.generateKey(256);
        const { wrapped } = serviceKeys.generate(parent);
        const bytes = Buffer.alloc(32);
        keyWrap.unwrap('kw', parent, wrapped, bytes);
        const row = dataKeys.create(serviceKeys.unwrap(parent, wrapped), 128, HEADER);
        expect(Buffer.from(row.mac).toString('hex')).toBe(expectedMac(bytes, HEADER, row));
      });

      it('are found right, or not', async () => {
        const row = dataKeys.create(key, 256, HEADER);
        dataKeys.verify(key, row, HEADER);
        for (const [what, damaged] of damagedRows(row)) {
          const verify = () => {
            dataKeys.verify(key, damaged, HEADER);
          };
          expect(verify, what).toThrow('not what was stored');
          await expectFailure(verify, 'DATA_KEY_TAMPERED');
        }
      });
    });

    describe('that are read', () => {
      it('go to their place in the target, and nowhere else', () => {
        const target = new Uint8Array(64).fill(UNTOUCHED);
        expect(dataKeys.read(key, rowOf(24), HEADER, target, 20)).toBe(24);
        expect(counting(24).equals(target.subarray(20, 44))).toBe(true);
        const around = [...target.subarray(0, 20), ...target.subarray(44)];
        expect(around.every((byte) => byte === UNTOUCHED)).toBe(true);
      });

      it.each([16, 20])(
        'of %i bytes just fit, or fail and leave the target alone',
        async (length) => {
          const row = rowOf(length);
          const target = new Uint8Array(40).fill(UNTOUCHED);
          for (const offset of [40 - length + 1, 39, 40, 41, 2 ** 31, 2 ** 53 - 1]) {
            const readAt = () => dataKeys.read(key, row, HEADER, target, offset);
            await expectFailure(readAt, 'OUTPUT_TOO_SMALL');
          }
          for (const offset of [-1, 0.5, NaN]) {
            const readAt = () => dataKeys.read(key, row, HEADER, target, offset);
            await expectFailure(readAt, 'INPUT_INVALID');
          }
          expect(target.every((byte) => byte === UNTOUCHED)).toBe(true);
          expect(dataKeys.read(key, row, HEADER, target, 40 - length)).toBe(length);
        },
      );

      it('leave the target alone when any part of the row was changed', async () => {
        for (const length of [32, 20]) {
          const row = rowOf(length);
          const target = new Uint8Array(64).fill(UNTOUCHED);
          for (const [, damaged] of damagedRows(row)) {
            const readDamaged = () => dataKeys.read(key, damaged, HEADER, target, 0);
            await expectFailure(readDamaged, 'DATA_KEY_TAMPERED');
          }
          expect(target.every((byte) => byte === UNTOUCHED)).toBe(true);
        }
      });

      it('are refused under every other header', async () => {
        const row = rowOf(32);
        for (const header of [
          changed(HEADER, 0),
          changed(HEADER, HEADER.length - 1),
          HEADER.subarray(1),
          Buffer.concat([HEADER, Buffer.of(0)]),
          new Uint8Array(0),
        ]) {
          await expectFailure(() => read(row, header), 'DATA_KEY_TAMPERED');
        }
      });

      it('are refused when bytes moved from one part to the next', async () => {
        const row = rowOf(32);
        const moved = {
          ...row,
          digest: Buffer.concat([HEADER.subarray(-1), row.digest.subarray(0, 31)]),
          wrapped: Buffer.concat([row.digest.subarray(31), row.wrapped]),
        };
        await expectFailure(() => read(moved, HEADER.subarray(0, -1)), 'DATA_KEY_TAMPERED');
      });

      it('are refused when two rows were exchanged, in whole or in part', async () => {
        const [one, two] = [rowOf(32), dataKeys.create(key, 256, HEADER)];
        for (const part of ['wrapped', 'digest', 'mac'] as const) {
          await expectFailure(() => read({ ...one, [part]: two[part] }), 'DATA_KEY_TAMPERED');
        }
        const elsewhere = dataKeys.create(key, 256, Buffer.from('another header'));
        await expectFailure(() => read(elsewhere), 'DATA_KEY_TAMPERED');
      });

      it('are refused under another service key', async () => {
        const other = newServiceKey(provider);
        const row = rowOf(32);
        const target = new Uint8Array(32);
        const readOther = () => dataKeys.read(other, row, HEADER, target, 0);
        await expectFailure(readOther, 'DATA_KEY_TAMPERED');
      });

      it('may not go where they come from', async () => {
        const row = rowOf(32);
        const arena = Buffer.concat([row.wrapped, row.digest, row.mac, HEADER]);
        const parts = {
          wrapped: arena.subarray(0, 40),
          digest: arena.subarray(40, 72),
          mac: arena.subarray(72, 104),
        };
        const header = arena.subarray(104);
        for (const offset of [0, 39, 40, 71, 72, 103, 104, arena.length - 32]) {
          const readInto = () =>
            dataKeys.read(key, parts, header, arena.subarray(0, offset + 32), offset);
          await expectFailure(readInto, 'INPUT_INVALID');
        }
        expect(read(parts, header).equals(counting(32))).toBe(true);
      });
    });

    describe('that change their header', () => {
      const NEXT = Buffer.from('tenant blue, service mongo, uid 7, deactivated');

      it('get a MAC under which the old header is refused', async () => {
        const row = rowOf(32);
        const next = { ...row, mac: dataKeys.rebind(key, row, HEADER, NEXT) };
        expect(next.mac).toHaveLength(32);
        expect(read(next, NEXT).equals(counting(32))).toBe(true);
        await expectFailure(() => read(next, HEADER), 'DATA_KEY_TAMPERED');
        await expectFailure(() => read(row, NEXT), 'DATA_KEY_TAMPERED');
      });

      it('get none when the row is not what was stored', async () => {
        const row = rowOf(32);
        for (const [, damaged] of damagedRows(row)) {
          const rebind = () => dataKeys.rebind(key, damaged, HEADER, NEXT);
          await expectFailure(rebind, 'DATA_KEY_TAMPERED');
        }
        await expectFailure(() => dataKeys.rebind(key, row, NEXT, HEADER), 'DATA_KEY_TAMPERED');
      });

      it('can be bound without a look at the old MAC', () => {
        const row = rowOf(32);
        const mac = dataKeys.bind(key, row, HEADER);
        expect(Buffer.from(mac).equals(row.mac)).toBe(true);
        const next = { ...row, mac: dataKeys.bind(key, { ...row }, NEXT) };
        expect(read(next, NEXT).equals(counting(32))).toBe(true);
      });

      it('are not bound when a part has a length that cannot be', async () => {
        const row = rowOf(32);
        for (const damaged of [
          { ...row, digest: row.digest.subarray(1) },
          { ...row, digest: new Uint8Array(0) },
          { ...row, wrapped: row.wrapped.subarray(1) },
          { ...row, wrapped: new Uint8Array(8) },
          { ...row, wrapped: new Uint8Array(4112) },
        ]) {
          await expectFailure(() => dataKeys.bind(key, damaged, HEADER), 'INPUT_INVALID');
        }
      });

      it('give each result a memory of its own', () => {
        const row = rowOf(32);
        const mac = dataKeys.bind(key, row, HEADER);
        const before = Buffer.from(mac);
        dataKeys.bind(key, row, NEXT);
        dataKeys.create(key, 256, NEXT);
        expect(before.equals(mac)).toBe(true);
        expect(read(row).equals(counting(32))).toBe(true);
      });
    });

    describe('of another holder of the service key', () => {
      it.each([1, 8, 16, 20, 32, 4096])('of %i bytes are taken over', (length) => {
        const foreign = rowOf(length);
        const row = dataKeys.adopt(key, foreign.wrapped, HEADER);
        for (const part of ['wrapped', 'digest', 'mac'] as const) {
          expect(Buffer.from(row[part]).equals(foreign[part]), part).toBe(true);
        }
        expect(read(row).equals(counting(length))).toBe(true);
      });

      it('do not share the memory they were given in', () => {
        const given = Buffer.from(rowOf(32).wrapped);
        const row = dataKeys.adopt(key, given, HEADER);
        given.fill(0);
        expect(read(row).equals(counting(32))).toBe(true);
      });

      it('are refused when they are not what the service key wrapped', async () => {
        const { wrapped } = rowOf(32);
        for (const form of [
          changed(wrapped, 0),
          changed(wrapped, 39),
          wrapped.subarray(8),
          wrapped.subarray(1),
          new Uint8Array(0),
          new Uint8Array(8),
          new Uint8Array(16),
          new Uint8Array(4112),
        ]) {
          await expectFailure(() => dataKeys.adopt(key, form, HEADER), 'UNWRAP_FAILED');
        }
        const other = newServiceKey(provider);
        await expectFailure(() => dataKeys.adopt(other, wrapped, HEADER), 'UNWRAP_FAILED');
      });

      it('are refused in the form that a key of their length does not have', async () => {
        const { keyWrap, serviceKeys } = provider;
        const parent = keyWrap.generateKey(256);
        const { wrapped } = serviceKeys.generate(parent);
        const bytes = new Uint8Array(32);
        keyWrap.unwrap('kw', parent, wrapped, bytes);
        const padded = new Uint8Array(40);
        keyWrap.wrap('kwp', keyWrap.importKey(bytes), counting(32), padded);
        const known = serviceKeys.unwrap(parent, wrapped);
        await expectFailure(() => dataKeys.adopt(known, padded, HEADER), 'UNWRAP_FAILED');
        const bound = { wrapped: padded, digest: new Uint8Array(32) };
        const row = { ...bound, mac: dataKeys.bind(known, bound, HEADER) };
        const target = new Uint8Array(40);
        await expectFailure(() => dataKeys.read(known, row, HEADER, target, 0), 'UNWRAP_FAILED');
        expect(target.every((byte) => byte === 0)).toBe(true);
      });
    });

    it('take headers of 0 bytes to 1 MiB', async () => {
      for (const length of [0, 1, 2 ** 20]) {
        const header = new Uint8Array(length).fill(3);
        const row = dataKeys.create(key, 256, header);
        expect(read(row, header)).toHaveLength(32);
      }
      const long = new Uint8Array(2 ** 20 + 1);
      const row = rowOf(32);
      for (const use of [
        () => dataKeys.create(key, 256, long),
        () => dataKeys.wrap(key, counting(32), long),
        () => dataKeys.adopt(key, row.wrapped, long),
        () => dataKeys.bind(key, row, long),
        () => dataKeys.rebind(key, row, HEADER, long),
        () => read(row, long),
      ]) {
        await expectFailure(use, 'INPUT_INVALID');
      }
    });

    it('need a service key of this provider that was not dropped', async () => {
      const row = rowOf(32);
      const dropped = newServiceKey(provider);
      dropped.drop();
      const target = new Uint8Array(32);
      const strangers = [
        [dropped, 'KEY_HANDLE_CLOSED'],
        [provider.keyWrap.generateKey(256), 'INPUT_INVALID'],
        [provider.serviceKeys.generateSealingKey(), 'INPUT_INVALID'],
        [{ ...key }, 'INPUT_INVALID'],
        [undefined, 'INPUT_INVALID'],
      ] as const;
      for (const [stranger, code] of strangers) {
        const wrong = stranger as unknown as ServiceKey;
        const given = counting(32);
        for (const use of [
          () => dataKeys.create(wrong, 256, HEADER),
          () => dataKeys.wrap(wrong, given, HEADER),
          () => dataKeys.adopt(wrong, row.wrapped, HEADER),
          () => dataKeys.bind(wrong, row, HEADER),
          () => dataKeys.rebind(wrong, row, HEADER, HEADER),
          () => {
            dataKeys.verify(wrong, row, HEADER);
          },
          () => dataKeys.read(wrong, row, HEADER, target, 0),
        ]) {
          await expectFailure(use, code);
        }
      }
      expect(target.every((byte) => byte === 0)).toBe(true);
    });
  });
}

/** 1, 2, 3 … without a zero among the first 250. */
function counting(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i % 250) + 1));
}

/** By the letter of SP 800-108 §4.1 (one block of HMAC-SHA-256) and FIPS 198-1. */
function expectedMac(serviceKey: Uint8Array, header: Uint8Array, row: WrappedDataKey): string {
  const macKey = createHmac('sha256', serviceKey)
    .update(uint32(1))
    .update('cryptobroker row mac v1')
    .update(Buffer.of(0))
    .update(uint32(256))
    .digest();
  const mac = createHmac('sha256', macKey);
  for (const part of [header, row.digest, row.wrapped])
    mac.update(uint32(part.length)).update(part);
  return mac.digest('hex');
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
