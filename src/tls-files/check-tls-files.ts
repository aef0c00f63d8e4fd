import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { RefuseTlsFile, TlsFileKind } from './refuse-tls-file.ts';

/**
 * Sees that a key belongs to its certificate, the first of a chain. TLS itself takes a key of another kind without a word, and
 * then fails every handshake.
 */
export function requirePair(certificate: Buffer, key: Buffer, refuse: RefuseTlsFile): void {
  const leaf = certificateIn('certificate', certificate, refuse);
  if (!leaf.checkPrivateKey(keyIn(key, refuse))) {
    throw refuse('key', 'is not the key of its certificate');
  }
}

/** Sees that there is a CA at all: TLS takes a file without one for an empty list, and then trusts nobody. */
export function requireCa(ca: Buffer, refuse: RefuseTlsFile): void {
  certificateIn('CA', ca, refuse);
}

function certificateIn(kind: TlsFileKind, pem: Buffer, refuse: RefuseTlsFile): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw refuse(kind, 'holds no certificate', cause);
  }
}

function keyIn(pem: Buffer, refuse: RefuseTlsFile): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw refuse('key', 'holds no private key', cause);
  }
}
