import { BrokerError } from '../../errors/index.ts';
import type { SealingKey } from '../provider.ts';
import { invalid } from './invalid.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';
import { privateInfo, readPrivateInfo } from './p384.ts';
import { KeyObjectSealingKey } from './sealing-key.ts';

const MIN_PASSPHRASE = 8;
const MAX_PASSPHRASE = 1024;
const SEQUENCE = 0x30;
const LONG_FORM = 0x80;

/** Writes PKCS #8 in DER, encrypted when there is a passphrase. node:crypto decides about the iterations: 2048 of them. */
export function saveSealingKey(key: SealingKey, path: string, passphrase?: Uint8Array): void {
  const privateKey = KeyObjectSealingKey.privateKeyOf(key);
  const content =
    passphrase === undefined
      ? privateInfo(privateKey)
      : privateKey.export({
          format: 'der',
          type: 'pkcs8',
          cipher: 'aes-256-cbc',
          passphrase: checkedPassphrase(passphrase),
        });
  try {
    createKeyFile(path, content);
  } finally {
    content.fill(0);
  }
}

/** Reads it back, with a passphrase exactly when there was one. */
export function loadSealingKey(path: string, passphrase?: Uint8Array): SealingKey {
  const secret = passphrase === undefined ? undefined : checkedPassphrase(passphrase);
  const content = readKeyFile(path);
  try {
    const encrypted = isEncrypted(content);
    if (encrypted && secret === undefined) unusable('the key file needs a passphrase');
    if (!encrypted && secret !== undefined) {
      unusable('the key file is not encrypted, yet there is a passphrase');
    }
    const privateKey = readPrivateInfo(content, secret);
    if (privateKey === undefined) {
      return unusable(
        encrypted
          ? 'the passphrase is wrong, or the key file is damaged'
          : 'the key file holds no P-384 private key',
      );
    }
    return new KeyObjectSealingKey(privateKey);
  } finally {
    content.fill(0);
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3) begins with an algorithm, PrivateKeyInfo with a version. */
function isEncrypted(content: Buffer): boolean {
  const length = content[1] ?? 0;
  const header = 2 + (length >= LONG_FORM ? length - LONG_FORM : 0);
  return content[0] === SEQUENCE && content[header] === SEQUENCE;
}

function checkedPassphrase(passphrase: Uint8Array): Buffer {
  if (passphrase.length < MIN_PASSPHRASE || passphrase.length > MAX_PASSPHRASE) {
    invalid('passphrase', `a passphrase has ${MIN_PASSPHRASE} to ${MAX_PASSPHRASE} bytes`);
  }
  return Buffer.from(passphrase.buffer, passphrase.byteOffset, passphrase.length);
}

function unusable(message: string): never {
  throw new BrokerError('KEY_FILE_UNUSABLE', message);
}
