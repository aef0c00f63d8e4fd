import { createHash, createHmac } from 'node:crypto';
import { inspect } from 'node:util';

import { beforeAll, describe, expect, it } from 'vitest';

import type {
  CryptoProvider,
  SealedServiceKey,
  SealingKey,
  ServiceKey,
  ServiceKeys,
  WrappingKey,
} from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';
import { publicKeyOf } from '../support/public-keys.ts';
import { changed } from '../support/rows.ts';

/** A service key of known bytes, and what SP 800-108 and FIPS 198-1 make of it, computed here by their letter. */
const KEY = Buffer.from('8f'.repeat(32), 'hex');
const MAC_KEY = createHmac('sha256', KEY)
  .update(Buffer.from([0, 0, 0, 1]))
  .update('cryptobroker row mac v1')
  .update(Buffer.from([0, 0, 0, 1, 0]))
  .digest();
const CHECK_VALUE = createHmac('sha256', MAC_KEY).update('kcv').digest('hex').slice(0, 16);

export function describeServiceKeys(open: () => Promise<CryptoProvider>): void {
  let provider: CryptoProvider;
  let serviceKeys: ServiceKeys;
  let parent: WrappingKey;
  beforeAll(async () => {
    provider = await open();
    serviceKeys = provider.serviceKeys;
    parent = provider.keyWrap.generateKey(256);
  });

  /** A service key of these bytes. */
  const serviceKeyOf = (bytes: Uint8Array): ServiceKey => {
    const wrapped = new Uint8Array(40);
    provider.keyWrap.wrap('kw', parent, bytes, wrapped);
    return serviceKeys.unwrap(parent, wrapped);
  };

  describe('service keys', () => {
    it('come back from their wrapped form with the same check value', () => {
      const { key, wrapped } = serviceKeys.generate(parent);
      expect(wrapped).toHaveLength(40);
      expect(key.checkValue).toHaveLength(8);
      expect(hex(serviceKeys.unwrap(parent, wrapped).checkValue)).toBe(hex(key.checkValue));
    });

    it('are new each time', () => {
      const values = Array.from({ length: 20 }, () =>
        hex(serviceKeys.generate(parent).key.checkValue),
      );
      expect(new Set(values).size).toBe(20);
    });

    it('have the check value that their bytes and the label of the MAC key decide', () => {
      expect(hex(serviceKeyOf(KEY).checkValue)).toBe(CHECK_VALUE);
    });

    it('are not what was wrapped under another key, changed or cut', async () => {
      const { wrapped } = serviceKeys.generate(parent);
      const other = provider.keyWrap.generateKey(256);
      await expectFailure(() => serviceKeys.unwrap(other, wrapped), 'UNWRAP_FAILED');
      for (const form of [changed(wrapped, 5), wrapped.subarray(8), new Uint8Array(0)]) {
        await expectFailure(() => serviceKeys.unwrap(parent, form), 'UNWRAP_FAILED');
      }
    });

    it('hang on no parent that is weaker, dropped or of another provider', async () => {
      const dropped = provider.keyWrap.generateKey(256);
      dropped.drop();
      const stranger: WrappingKey = { algorithm: 'AES', bits: 256, drop: () => undefined };
      for (const [key, code] of [
        [provider.keyWrap.generateKey(128), 'INPUT_INVALID'],
        [stranger, 'INPUT_INVALID'],
        [dropped, 'KEY_HANDLE_CLOSED'],
      ] as const) {
        await expectFailure(() => serviceKeys.generate(key), code);
        await expectFailure(() => serviceKeys.unwrap(key, new Uint8Array(40)), code);
      }
    });

    it('show nothing of themselves', () => {
      const key = serviceKeyOf(KEY);
      for (const seen of [JSON.stringify(key), inspect(key, { showHidden: true, depth: 5 })]) {
        expect(seen.toLowerCase()).not.toMatch(/8f ?8f ?8f|143, ?143/);
      }
    });

    it('once dropped do nothing any more, and may be dropped twice', async () => {
      const { key } = serviceKeys.generate(parent);
      const recipient = serviceKeys.generateSealingKey().publicKey;
      key.drop();
      key.drop();
      const seal = () => serviceKeys.seal(key, recipient, new Uint8Array(0));
      await expectFailure(seal, 'KEY_HANDLE_CLOSED');
      await expectFailure(() => provider.dataKeys.create(key, 256, KEY), 'KEY_HANDLE_CLOSED');
    });
  });

  describe('sealing', () => {
    const context = Buffer.from('grant 17 of tenant blue, version 3');
    let key: ServiceKey;
    let recipient: SealingKey;
    let sealed: SealedServiceKey;
    beforeAll(() => {
      key = serviceKeys.generate(parent).key;
      recipient = serviceKeys.generateSealingKey();
      sealed = serviceKeys.seal(key, recipient.publicKey, context);
    });

    it('gives a key to the holder of the private half alone', async () => {
      expect(hex(serviceKeys.open(recipient, sealed, context).checkValue)).toBe(
        hex(key.checkValue),
      );
      const other = serviceKeys.generateSealingKey();
      await expectFailure(() => serviceKeys.open(other, sealed, context), 'UNWRAP_FAILED');
    });

    it('has the forms it promises', () => {
      expect(sealed.ephemeralPublic).toHaveLength(97);
      expect(sealed.ephemeralPublic[0]).toBe(4);
      expect(sealed.wrappedKey).toHaveLength(40);
      expect(recipient.publicKey).toHaveLength(120);
      const id = createHash('sha256').update(recipient.publicKey).digest('hex');
      expect(hex(recipient.keyId)).toBe(id);
    });

    it('takes a new ephemeral key each time', () => {
      const again = serviceKeys.seal(key, recipient.publicKey, context);
      expect(hex(again.ephemeralPublic)).not.toBe(hex(sealed.ephemeralPublic));
      expect(hex(again.wrappedKey)).not.toBe(hex(sealed.wrappedKey));
    });

    it('opens in no other context', async () => {
      for (const other of [
        new Uint8Array(0),
        context.subarray(1),
        Buffer.concat([context, Buffer.of(0)]),
        changed(context, 0),
        changed(context, context.length - 1),
      ]) {
        await expectFailure(() => serviceKeys.open(recipient, sealed, other), 'UNWRAP_FAILED');
      }
    });

    it('takes contexts of 0 to 4096 bytes', async () => {
      for (const length of [0, 1, 4096]) {
        const long = Buffer.alloc(length, 7);
        const form = serviceKeys.seal(key, recipient.publicKey, long);
        expect(hex(serviceKeys.open(recipient, form, long).checkValue)).toBe(hex(key.checkValue));
      }
      const long = new Uint8Array(4097);
      const seal = () => serviceKeys.seal(key, recipient.publicKey, long);
      await expectFailure(seal, 'INPUT_INVALID');
      await expectFailure(() => serviceKeys.open(recipient, sealed, long), 'INPUT_INVALID');
    });

    it('opens nothing that was changed, cut or prolonged in any part', async () => {
      for (const ephemeralPublic of [
        changed(sealed.ephemeralPublic, 0),
        changed(sealed.ephemeralPublic, 1),
        changed(sealed.ephemeralPublic, 96),
        sealed.ephemeralPublic.subarray(0, 96),
        Buffer.concat([sealed.ephemeralPublic, Buffer.of(0)]),
        new Uint8Array(97),
        new Uint8Array(97).fill(4, 0, 1),
        // The compressed form of the same point, and the point at infinity (SEC 1 §2.3.3).
        Buffer.concat([
          Buffer.of(2 + ((sealed.ephemeralPublic[96] ?? 0) & 1)),
          sealed.ephemeralPublic.subarray(1, 49),
        ]),
        Buffer.of(0),
        new Uint8Array(0),
      ]) {
        const open = () => serviceKeys.open(recipient, { ...sealed, ephemeralPublic }, context);
        await expectFailure(open, 'UNWRAP_FAILED');
      }
      for (const wrappedKey of [
        changed(sealed.wrappedKey, 0),
        changed(sealed.wrappedKey, 39),
        sealed.wrappedKey.subarray(0, 32),
        Buffer.concat([sealed.wrappedKey, new Uint8Array(8)]),
        new Uint8Array(0),
      ]) {
        const open = () => serviceKeys.open(recipient, { ...sealed, wrappedKey }, context);
        await expectFailure(open, 'UNWRAP_FAILED');
      }
    });

    it('refuses a recipient that is no P-384 key', async () => {
      const { publicKey } = recipient;
      for (const stranger of [
        publicKeyOf('P-256'),
        publicKeyOf('P-521'),
        publicKeyOf('secp256k1'),
        publicKeyOf('rsa'),
        publicKeyOf('ed25519'),
        changed(publicKey, 0),
        changed(publicKey, 119),
        publicKey.subarray(23),
        publicKey.subarray(0, 119),
        Buffer.concat([publicKey, Buffer.of(0)]),
        new Uint8Array(120),
        new Uint8Array(0),
      ]) {
        const seal = () => serviceKeys.seal(key, stranger, context);
        await expectFailure(seal, 'INPUT_INVALID');
      }
    });

    it('refuses keys of another kind, of another provider, or dropped ones', async () => {
      const dropped = serviceKeys.generateSealingKey();
      dropped.drop();
      dropped.drop();
      const openWith = (stranger: unknown) => () =>
        serviceKeys.open(stranger as SealingKey, sealed, context);
      await expectFailure(openWith(dropped), 'KEY_HANDLE_CLOSED');
      for (const stranger of [parent, key, { ...recipient }, undefined]) {
        await expectFailure(openWith(stranger), 'INPUT_INVALID');
      }
      for (const stranger of [parent, recipient, { ...key }, undefined]) {
        const seal = () =>
          serviceKeys.seal(stranger as unknown as ServiceKey, recipient.publicKey, context);
        await expectFailure(seal, 'INPUT_INVALID');
      }
    });
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
