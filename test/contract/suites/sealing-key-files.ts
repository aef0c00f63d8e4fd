import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type {
  CryptoProvider,
  KeyWrap,
  SealingKey,
  ServiceKeys,
} from '../../../src/crypto/provider.ts';
import { expectFailure, failureOf } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const PASSPHRASE = Buffer.from('correct horse battery staple');
const PASSPHRASES = [
  ['in the clear', undefined],
  ['under a passphrase', PASSPHRASE],
] as const;

export function describeSealingKeyFiles(open: () => Promise<CryptoProvider>): void {
  describe('sealing keys in files', () => {
    let serviceKeys: ServiceKeys;
    let keyWrap: KeyWrap;
    let key: SealingKey;
    beforeAll(async () => {
      ({ serviceKeys, keyWrap } = await open());
      key = serviceKeys.generateSealingKey();
    });
    /** A path in a new directory. */
    const newPath = (): string => join(scratchDirectory(), 'sealing.key');
    const saved = (passphrase?: Uint8Array): string => {
      const path = newPath();
      serviceKeys.saveSealingKey(key, path, passphrase);
      return path;
    };
    const unusable = async (path: string, reason: RegExp, passphrase?: Uint8Array) => {
      const failure = await failureOf(() => serviceKeys.loadSealingKey(path, passphrase));
      expect(failure).toMatchObject({ code: 'KEY_FILE_UNUSABLE' });
      expect(failure.message).toMatch(reason);
      expect(failure.message).not.toContain(path);
    };

    it.each(PASSPHRASES)('%s come back and open what was sealed', (_, passphrase) => {
      const again = serviceKeys.loadSealingKey(saved(passphrase), passphrase);
      expect(Buffer.from(again.publicKey).equals(key.publicKey)).toBe(true);
      expect(Buffer.from(again.keyId).equals(key.keyId)).toBe(true);
      const { key: service } = serviceKeys.generate(keyWrap.generateKey(256));
      const sealed = serviceKeys.seal(service, key.publicKey, PASSPHRASE);
      expect(serviceKeys.open(again, sealed, PASSPHRASE).checkValue).toEqual(service.checkValue);
    });

    it.each(PASSPHRASES)('%s are PKCS #8 that OpenSSL reads', (_, passphrase) => {
      const content = readFileSync(saved(passphrase));
      const read = createPrivateKey({
        key: content,
        format: 'der',
        type: 'pkcs8',
        ...(passphrase === undefined ? {} : { passphrase }),
      });
      expect(read.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
    });

    it.each(PASSPHRASES)('%s are of mode 0600, and leave nothing else behind', (_, passphrase) => {
      const directory = scratchDirectory();
      const umask = process.umask(0o777);
      try {
        serviceKeys.saveSealingKey(key, join(directory, 'key'), passphrase);
      } finally {
        process.umask(umask);
      }
      expect(statSync(join(directory, 'key')).mode & 0o7777).toBe(0o600);
      expect(readdirSync(directory)).toEqual(['key']);
    });

    it('under a passphrase hold the private key nowhere in the clear', () => {
      const clear = readFileSync(saved());
      const encrypted = readFileSync(saved(PASSPHRASE));
      const scalar = clear.subarray(35, 83);
      expect(clear.includes(scalar)).toBe(true);
      expect(encrypted.includes(scalar)).toBe(false);
      expect(encrypted.includes(PASSPHRASE)).toBe(false);
    });

    it('never replace what is there, and leave it alone', async () => {
      const directory = scratchDirectory();
      const file = join(directory, 'file');
      const dangling = join(directory, 'dangling');
      const folder = join(directory, 'folder');
      writeFileSync(file, 'precious');
      symlinkSync(join(directory, 'nowhere'), dangling);
      mkdirSync(folder);
      for (const path of [file, dangling, folder]) {
        await expectFailure(() => {
          serviceKeys.saveSealingKey(key, path);
        }, 'KEY_FILE_EXISTS');
      }
      expect(readFileSync(file, 'utf8')).toBe('precious');
      expect(existsSync(join(directory, 'nowhere'))).toBe(false);
      expect(readdirSync(directory).sort()).toEqual(['dangling', 'file', 'folder']);
    });

    it('are not written where there is no directory', async () => {
      const path = join(newPath(), 'missing', 'key');
      const failure = await failureOf(() => {
        serviceKeys.saveSealingKey(key, path);
      });
      expect(failure).toMatchObject({ code: 'KEY_FILE_UNUSABLE' });
      expect(failure.message).not.toContain('missing');
    });

    it('are refused when the path is none', async () => {
      for (const path of ['', `${newPath()}\0.txt`]) {
        await expectFailure(() => serviceKeys.loadSealingKey(path), 'INPUT_INVALID');
        await expectFailure(() => {
          serviceKeys.saveSealingKey(key, path);
        }, 'INPUT_INVALID');
      }
    });

    it('are refused when the passphrase is wrong, missing or not needed', async () => {
      const encrypted = saved(PASSPHRASE);
      // One wrong passphrase in 256 gives a right padding: try some.
      for (let i = 0; i < 5; i++) {
        await unusable(encrypted, /passphrase is wrong/, Buffer.from(`wrong passphrase ${i}`));
      }
      await unusable(encrypted, /needs a passphrase/);
      await unusable(saved(), /not encrypted/, PASSPHRASE);
    });

    it('take passphrases of 8 to 1024 bytes', async () => {
      for (const length of [8, 1024]) {
        const passphrase = Buffer.alloc(length, 'p');
        const path = saved(passphrase);
        expect(serviceKeys.loadSealingKey(path, passphrase).publicKey).toHaveLength(120);
      }
      const path = saved(PASSPHRASE);
      for (const length of [0, 7, 1025]) {
        const passphrase = Buffer.alloc(length, 'p');
        const other = newPath();
        await expectFailure(() => {
          serviceKeys.saveSealingKey(key, other, passphrase);
        }, 'INPUT_INVALID');
        expect(existsSync(other)).toBe(false);
        await expectFailure(() => serviceKeys.loadSealingKey(path, passphrase), 'INPUT_INVALID');
      }
    });

    it.each([0o604, 0o640, 0o644, 0o601, 0o660, 0o620])(
      'are refused when their mode lets others in: %o',
      async (mode) => {
        const path = saved();
        chmodSync(path, mode);
        await unusable(path, /accessible to others/);
      },
    );

    it('may be read-only', () => {
      const path = saved();
      chmodSync(path, 0o400);
      expect(serviceKeys.loadSealingKey(path).publicKey).toHaveLength(120);
    });

    it.skipIf(process.geteuid?.() !== 0)('are refused when another user owns them', async () => {
      const path = saved();
      chownSync(path, 65_534, 65_534);
      await unusable(path, /another user/);
    });

    it('are refused when they are no regular file', async () => {
      const path = saved();
      const directory = scratchDirectory();
      const link = join(directory, 'link');
      symlinkSync(path, link);
      await unusable(link, /symbolic link/);
      await unusable(directory, /not a regular file/);
      const pipe = join(directory, 'pipe');
      execFileSync('mkfifo', ['-m', '600', pipe]);
      await unusable(pipe, /not a regular file/);
      await unusable(join(directory, 'absent'), /not there/);
      await unusable(join(path, 'below'), /not there/);
      await unusable('/dev/zero', /not a regular file/);
      await unusable('/dev/null', /not a regular file/);
    });

    it('are refused without a look at a content that is empty or far too long', async () => {
      const path = newPath();
      writeFileSync(path, '', { mode: 0o600 });
      await unusable(path, /empty or too long/);
      truncateSync(path, 2 ** 30);
      await unusable(path, /empty or too long/);
      truncateSync(path, 4097);
      await unusable(path, /empty or too long/);
    });

    it.each(PASSPHRASES)('%s are refused when they are cut anywhere', async (_, passphrase) => {
      const content = readFileSync(saved(passphrase));
      for (const length of [1, 2, 20, 100, content.length - 16, content.length - 1]) {
        const path = newPath();
        writeFileSync(path, content.subarray(0, length), { mode: 0o600 });
        await unusable(path, /./, passphrase);
      }
    });

    it('in the clear are refused when any byte was changed', async () => {
      const content = readFileSync(saved());
      const path = newPath();
      for (let i = 0; i < content.length; i++) {
        const damaged = Buffer.from(content);
        damaged[i] = (damaged[i] ?? 0) ^ 0x11;
        writeFileSync(path, damaged, { mode: 0o600 });
        await unusable(path, /no P-384 private key|is not encrypted|needs a passphrase/);
      }
    });

    it('under a passphrase are refused when a byte of what is encrypted was changed', async () => {
      const content = readFileSync(saved(PASSPHRASE));
      const path = newPath();
      for (const behind of [1, 17, 33, 49, 65, 81, 97, 113, 129, 145, 161, 177]) {
        const damaged = Buffer.from(content);
        damaged[content.length - behind] = (damaged[content.length - behind] ?? 0) ^ 1;
        writeFileSync(path, damaged, { mode: 0o600 });
        await unusable(path, /passphrase is wrong, or the key file is damaged/, PASSPHRASE);
      }
    });

    it('are refused when they hold another kind of key, or none', async () => {
      const pkcs8 = { format: 'der', type: 'pkcs8' } as const;
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
      const others = [
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pkcs8),
        generateKeyPairSync('ed25519').privateKey.export(pkcs8),
        generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pkcs8),
        Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })),
        Buffer.from(key.publicKey),
        Buffer.concat([privateKey.export(pkcs8), Buffer.of(0)]),
        Buffer.from('not a key\n'),
        Buffer.alloc(4096, 0x30),
      ];
      for (const content of others) {
        const path = newPath();
        writeFileSync(path, content, { mode: 0o600 });
        await unusable(path, /no P-384 private key|needs a passphrase/);
      }
    });

    it('are not written for a key that was dropped', async () => {
      const dropped = serviceKeys.generateSealingKey();
      dropped.drop();
      const path = newPath();
      await expectFailure(() => {
        serviceKeys.saveSealingKey(dropped, path);
      }, 'KEY_HANDLE_CLOSED');
      expect(existsSync(path)).toBe(false);
    });
  });
}
