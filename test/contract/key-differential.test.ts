import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { CryptoProvider, DataCipher } from '../../src/crypto/provider.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { openNative, openPure } from '../support/providers.ts';
import { plaintextOf } from './support/rows.ts';

const PARENT = '2b'.repeat(32);
const HEADER = Buffer.from('what is stored about the key');
const CONTEXT = Buffer.from('what the grant is for');
const NONE = new Uint8Array(0);

describe.each([
  ['native', 'pure', openNative, openPure],
  ['pure', 'native', openPure, openNative],
] as const)('what %s made, %s', (_maker, _reader, openMaker, openReader) => {
  let maker: CryptoProvider;
  let reader: CryptoProvider;
  beforeAll(async () => {
    [maker, reader] = await Promise.all([openMaker(), openReader()]);
  });
  const parentIn = ({ keyWrap }: CryptoProvider) => keyWrap.importKey(Buffer.from(PARENT, 'hex'));
  /** One service key in both. */
  const sharedKey = () => {
    const { key, wrapped } = maker.serviceKeys.generate(parentIn(maker));
    return [key, reader.serviceKeys.unwrap(parentIn(reader), wrapped)] as const;
  };

  it('unwraps: wrapping keys and what they wrap', () => {
    const { key, wrapped } = maker.keyWrap.generateChild(parentIn(maker));
    const again = reader.keyWrap.unwrapChild(parentIn(reader), wrapped);
    const [one, two] = [new Uint8Array(24), new Uint8Array(24)];
    maker.keyWrap.wrap('kw', key, new Uint8Array(16), one);
    reader.keyWrap.wrap('kw', again, new Uint8Array(16), two);
    expect(one).toEqual(two);
  });

  it('unwraps: service keys, with the same check value', () => {
    const [made, read] = sharedKey();
    expect(Buffer.from(read.checkValue).equals(made.checkValue)).toBe(true);
  });

  it('opens: service keys sealed to its key', () => {
    const [made] = sharedKey();
    const recipient = reader.serviceKeys.generateSealingKey();
    const sealed = maker.serviceKeys.seal(made, recipient.publicKey, CONTEXT);
    const opened = reader.serviceKeys.open(recipient, sealed, CONTEXT);
    expect(Buffer.from(opened.checkValue).equals(made.checkValue)).toBe(true);
  });

  it.each([
    ['in the clear', undefined],
    ['under a passphrase', Buffer.from('a long passphrase')],
  ] as const)('loads: sealing keys %s', (_, passphrase) => {
    const path = join(scratchDirectory(), 'key');
    const key = maker.serviceKeys.generateSealingKey();
    maker.serviceKeys.saveSealingKey(key, path, passphrase);
    const loaded = reader.serviceKeys.loadSealingKey(path, passphrase);
    expect(Buffer.from(loaded.publicKey).equals(key.publicKey)).toBe(true);
    expect(Buffer.from(loaded.keyId).equals(key.keyId)).toBe(true);
    // In the clear there is one form only.
    if (passphrase === undefined) {
      const copy = join(scratchDirectory(), 'copy');
      reader.serviceKeys.saveSealingKey(loaded, copy);
      expect(readFileSync(copy).equals(readFileSync(path))).toBe(true);
    }
  });

  it('reads: data keys made and given, of every length', () => {
    const [made, read] = sharedKey();
    for (const bits of [128, 192, 256]) {
      const row = maker.dataKeys.create(made, bits, HEADER);
      const plaintext = plaintextOf(maker.dataKeys, made, row, HEADER);
      expect(plaintextOf(reader.dataKeys, read, row, HEADER).equals(plaintext)).toBe(true);
    }
    for (const length of [1, 7, 8, 9, 16, 17, 20, 32, 33, 4095, 4096]) {
      const row = maker.dataKeys.wrap(made, Buffer.alloc(length, 5), HEADER);
      // Wrapping has no randomness: both give the same bytes.
      expect(plain(reader.dataKeys.wrap(read, Buffer.alloc(length, 5), HEADER))).toEqual(
        plain(row),
      );
      expect(plain(reader.dataKeys.adopt(read, row.wrapped, HEADER))).toEqual(plain(row));
      const mac = maker.dataKeys.rebind(made, row, HEADER, CONTEXT);
      reader.dataKeys.verify(read, { ...row, mac }, CONTEXT);
    }
  });

  it('decrypts: data under a data key', () => {
    const [made, read] = sharedKey();
    const cipher = (mode: DataCipher['mode'], iv: number): DataCipher => ({
      mode,
      padding: mode !== 'gcm',
      iv: Buffer.alloc(iv, 3),
      additionalData: mode === 'gcm' ? CONTEXT : NONE,
      tagLength: 12,
    });
    for (const bits of [128, 192, 256]) {
      const row = maker.dataKeys.create(made, bits, HEADER);
      for (const how of [cipher('cbc', 16), cipher('ecb', 0), cipher('gcm', 12)]) {
        for (const length of [0, 1, 16, 100]) {
          const data = Buffer.alloc(length, 6);
          const encrypted = maker.dataKeys.encrypt(made, row, HEADER, how, data);
          const again = reader.dataKeys.encrypt(read, row, HEADER, how, data);
          expect(Buffer.from(again).equals(encrypted)).toBe(true);
          const decrypted = reader.dataKeys.decrypt(read, row, HEADER, how, encrypted);
          expect(data.equals(decrypted)).toBe(true);
        }
      }
    }
  });

  it('verifies, and signs with', () => {
    const { key, wrapped } = maker.signingKeys.generate(parentIn(maker));
    const again = reader.signingKeys.unwrap(parentIn(reader), wrapped);
    expect(Buffer.from(again.publicKey).equals(key.publicKey)).toBe(true);
    const signature = maker.signingKeys.sign(key, HEADER);
    expect(reader.signingKeys.verify(key.publicKey, HEADER, signature)).toBe(true);
    const other = reader.signingKeys.sign(again, HEADER);
    expect(maker.signingKeys.verify(again.publicKey, HEADER, other)).toBe(true);
  });

  it('refuses as a handle, because it is of another provider', () => {
    const [made, read] = sharedKey();
    expect(() => reader.dataKeys.create(made, 256, HEADER)).toThrow('not a service key');
    expect(() => maker.dataKeys.create(read, 256, HEADER)).toThrow('not a service key');
  });

  it('writes no more than it should: a file of one is refused by both when it is damaged', () => {
    const path = join(scratchDirectory(), 'key');
    writeFileSync(path, Buffer.alloc(185, 0x30), { mode: 0o600 });
    expect(() => maker.serviceKeys.loadSealingKey(path)).toThrow();
    expect(() => reader.serviceKeys.loadSealingKey(path)).toThrow();
  });
});

function plain(row: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row).map(([name, bytes]) => [
      name,
      Buffer.from(bytes as Uint8Array).toString('hex'),
    ]),
  );
}
