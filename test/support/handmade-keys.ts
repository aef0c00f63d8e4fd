import {
  createPrivateKey,
  createPublicKey,
  ECDH,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

import { bitString, derNull, integer, objectIdentifier, sequence } from './der-writer.ts';

/** Keys that a CA meets but does not like, and the encodings they come in. */

export function ecKey(namedCurve: string): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

/** A P-256 key whose curve is written out as numbers. */
export function explicitCurveKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey;
}

export function rsaKey(modulusLength: number): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey;
}

export function rsaPssKey(): KeyObject {
  return generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
}

export function ed25519Key(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

export function pkcs8Pem(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'pem', type: 'pkcs8' }));
}

/** SubjectPublicKeyInfo, DER, of the public half of a private key. */
export function spkiOf(key: KeyObject | string): Buffer {
  const privateKey = typeof key === 'string' ? createPrivateKey(key) : key;
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}

/** SubjectPublicKeyInfo of a P-256 key whose point is compressed (SEC 1 §2.3.3). */
export function compressedSpkiOf(key: KeyObject): Buffer {
  const point = spkiOf(key).subarray(-65);
  const compressed = ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed');
  return sequence(
    sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7')),
    bitString(Buffer.from(compressed)),
  );
}

/** SubjectPublicKeyInfo of an RSA key of these numbers, big-endian. */
export function rsaSpki(modulus: Uint8Array, exponent: Uint8Array): Buffer {
  return rsaSpkiOf(sequence(integer(modulus), integer(exponent)));
}

/** SubjectPublicKeyInfo of an RSA key whose bits are these. */
export function rsaSpkiOf(bits: Uint8Array): Buffer {
  return sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1'), derNull()), bitString(bits));
}

/** A SEC1 document, DER, that states the public half of `key`, a P-256 key, beside the private half of another. */
export function withForeignScalar(key: KeyObject): Buffer {
  const point = spkiOf(key).subarray(-65);
  const foreign = ecKey('P-256').export({ format: 'der', type: 'sec1' });
  return Buffer.concat([foreign.subarray(0, -65), point]);
}
