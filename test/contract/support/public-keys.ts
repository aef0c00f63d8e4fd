import { generateKeyPairSync } from 'node:crypto';

/** SubjectPublicKeyInfo of a new key. */
export function publicKeyOf(kind: 'rsa' | 'ed25519' | (string & {})): Buffer {
  const spki = { format: 'der', type: 'spki' } as const;
  if (kind === 'rsa') {
    return generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(spki);
  }
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').publicKey.export(spki);
  return generateKeyPairSync('ec', { namedCurve: kind }).publicKey.export(spki);
}
