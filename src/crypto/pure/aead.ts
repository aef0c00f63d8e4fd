import { createCipheriv, createDecipheriv, type CipherGCMTypes } from 'node:crypto';

import { BrokerError } from '../../errors/index.ts';
import type { Aead } from '../provider.ts';
import { invalid } from './invalid.ts';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** AES-GCM over node:crypto. */
export const pureAead: Aead = {
  seal(key, nonce, plaintext, additionalData) {
    const cipher = createCipheriv(cipherName(key), key, checkedNonce(nonce), {
      authTagLength: TAG_LENGTH,
    });
    cipher.setAAD(additionalData);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  },

  open(key, nonce, ciphertext, additionalData) {
    const decipher = createDecipheriv(cipherName(key), key, checkedNonce(nonce), {
      authTagLength: TAG_LENGTH,
    });
    if (ciphertext.length < TAG_LENGTH) {
      invalid('ciphertext', 'a ciphertext has 16 bytes to 2 GiB');
    }
    const tagStart = ciphertext.length - TAG_LENGTH;
    decipher.setAAD(additionalData);
    decipher.setAuthTag(ciphertext.subarray(tagStart));
    // Unverified plaintext: final() decides whether anyone may see it.
    const plaintext = decipher.update(ciphertext.subarray(0, tagStart));
    try {
      decipher.final();
      return plaintext;
    } catch (cause) {
      plaintext.fill(0);
      throw new BrokerError(
        'DECRYPT_FAILED',
        'the ciphertext, tag, nonce or additional data do not belong together',
        { cause },
      );
    }
  },
};

function cipherName(key: Uint8Array): CipherGCMTypes {
  switch (key.length) {
    case 16:
      return 'aes-128-gcm';
    case 24:
      return 'aes-192-gcm';
    case 32:
      return 'aes-256-gcm';
    default:
      return invalid('key', 'an AES key has 16, 24 or 32 bytes');
  }
}

function checkedNonce(nonce: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_LENGTH) invalid('nonce', 'a nonce has 12 bytes');
  return nonce;
}
