import { createPublicKey, createSign, createVerify, generateKeyPairSync } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import type {
  CryptoProvider,
  SigningKey,
  SigningKeys,
  WrappingKey,
} from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';
import { publicKeyOf } from '../support/public-keys.ts';
import { changed } from '../support/rows.ts';

const DATA = Buffer.from('a grant');

export function describeSigningKeys(open: () => Promise<CryptoProvider>): void {
  describe('signing keys', () => {
    let provider: CryptoProvider;
    let signingKeys: SigningKeys;
    let parent: WrappingKey;
    let key: SigningKey;
    let wrapped: Uint8Array;
    beforeAll(async () => {
      provider = await open();
      signingKeys = provider.signingKeys;
      parent = provider.keyWrap.generateKey(256);
      ({ key, wrapped } = signingKeys.generate(parent));
    });

    it('come back from their wrapped form', () => {
      const again = signingKeys.unwrap(parent, wrapped);
      expect(Buffer.from(again.publicKey).equals(key.publicKey)).toBe(true);
      expect(signingKeys.verify(key.publicKey, DATA, signingKeys.sign(again, DATA))).toBe(true);
    });

    it('are new each time, with a new signature each time', () => {
      const other = signingKeys.generate(parent).key;
      expect(Buffer.from(other.publicKey).equals(key.publicKey)).toBe(false);
      const [one, two] = [signingKeys.sign(key, DATA), signingKeys.sign(key, DATA)];
      expect(Buffer.from(one).equals(two)).toBe(false);
    });

    it('sign as ECDSA with SHA-384 does', () => {
      const publicKey = createPublicKey({
        key: Buffer.from(key.publicKey),
        format: 'der',
        type: 'spki',
      });
      expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
      const signature = signingKeys.sign(key, DATA);
      expect(createVerify('sha384').update(DATA).verify(publicKey, signature)).toBe(true);
      expect(createVerify('sha256').update(DATA).verify(publicKey, signature)).toBe(false);
    });

    it('verify what others have signed so', () => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-384' });
      const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
      const sign = (digest: string) => createSign(digest).update(DATA).sign(pair.privateKey);
      expect(signingKeys.verify(spki, DATA, sign('sha384'))).toBe(true);
      expect(signingKeys.verify(spki, DATA, sign('sha512'))).toBe(false);
    });

    it('sign nothing and 16 MiB, and no more', async () => {
      for (const data of [new Uint8Array(0), Buffer.alloc(2 ** 24, 1)]) {
        expect(signingKeys.verify(key.publicKey, data, signingKeys.sign(key, data))).toBe(true);
      }
      const long = new Uint8Array(2 ** 24 + 1);
      await expectFailure(() => signingKeys.sign(key, long), 'INPUT_INVALID');
      await expectFailure(() => signingKeys.verify(key.publicKey, long, DATA), 'INPUT_INVALID');
    });

    it('find no signature right that is not', () => {
      const good = signingKeys.sign(key, DATA);
      const other = signingKeys.generate(parent).key;
      expect(signingKeys.verify(key.publicKey, changed(DATA, 0), good)).toBe(false);
      expect(signingKeys.verify(key.publicKey, new Uint8Array(0), good)).toBe(false);
      expect(signingKeys.verify(other.publicKey, DATA, good)).toBe(false);
      for (let i = 0; i < good.length; i++) {
        expect(signingKeys.verify(key.publicKey, DATA, changed(good, i)), `byte ${i}`).toBe(false);
      }
    });

    it('find no signature right that is malformed', () => {
      const good = signingKeys.sign(key, DATA);
      for (const signature of [
        new Uint8Array(0),
        Buffer.of(0x30, 0),
        Buffer.from('3006020100020100', 'hex'),
        Buffer.from('3006020101020101', 'hex'),
        good.subarray(0, good.length - 1),
        Buffer.concat([good, Buffer.of(0)]),
        new Uint8Array(96),
        new Uint8Array(5000),
      ]) {
        expect(signingKeys.verify(key.publicKey, DATA, signature)).toBe(false);
      }
    });

    it('verify by P-384 keys alone', async () => {
      const signature = signingKeys.sign(key, DATA);
      for (const stranger of [
        publicKeyOf('P-256'),
        publicKeyOf('P-521'),
        publicKeyOf('rsa'),
        publicKeyOf('ed25519'),
        changed(key.publicKey, 119),
        key.publicKey.subarray(1),
        new Uint8Array(0),
      ]) {
        const verify = () => signingKeys.verify(stranger, DATA, signature);
        await expectFailure(verify, 'INPUT_INVALID');
      }
    });

    it('are not what was wrapped under another key, changed, cut, or no key', async () => {
      const { keyWrap } = provider;
      const junk = new Uint8Array(200);
      keyWrap.wrap('kwp', parent, new Uint8Array(185).fill(0x30), junk);
      const short = new Uint8Array(40);
      keyWrap.wrap('kwp', parent, new Uint8Array(32), short);
      for (const form of [
        changed(wrapped, 0),
        changed(wrapped, 199),
        wrapped.subarray(8),
        new Uint8Array(0),
        junk,
        short,
      ]) {
        await expectFailure(() => signingKeys.unwrap(parent, form), 'UNWRAP_FAILED');
      }
      const other = keyWrap.generateKey(256);
      await expectFailure(() => signingKeys.unwrap(other, wrapped), 'UNWRAP_FAILED');
    });

    it('are not what was wrapped when the halves are no pair', async () => {
      const { keyWrap } = provider;
      const info = new Uint8Array(200);
      const length = keyWrap.unwrap('kwp', parent, wrapped, info);
      const damaged = changed(info.subarray(0, length), 60);
      const form = new Uint8Array(200);
      keyWrap.wrap('kwp', parent, damaged, form);
      await expectFailure(() => signingKeys.unwrap(parent, form), 'UNWRAP_FAILED');
    });

    it('hang on no parent that is weaker, dropped or of another provider', async () => {
      const dropped = provider.keyWrap.generateKey(256);
      dropped.drop();
      const stranger: WrappingKey = { algorithm: 'AES', bits: 256, drop: () => undefined };
      for (const [wrong, code] of [
        [provider.keyWrap.generateKey(192), 'INPUT_INVALID'],
        [stranger, 'INPUT_INVALID'],
        [dropped, 'KEY_HANDLE_CLOSED'],
      ] as const) {
        await expectFailure(() => signingKeys.generate(wrong), code);
        await expectFailure(() => signingKeys.unwrap(wrong, wrapped), code);
      }
    });

    it('once dropped sign nothing, and may be dropped twice', async () => {
      const dropped = signingKeys.unwrap(parent, wrapped);
      dropped.drop();
      dropped.drop();
      await expectFailure(() => signingKeys.sign(dropped, DATA), 'KEY_HANDLE_CLOSED');
      const stranger = { publicKey: key.publicKey, drop: () => undefined };
      await expectFailure(() => signingKeys.sign(stranger, DATA), 'INPUT_INVALID');
    });
  });
}
