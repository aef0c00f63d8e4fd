import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { BrokerError } from '../errors/index.ts';
import { readSequence, TAG, type DerElement } from './der.ts';
import {
  CA_CERTIFICATE,
  CA_KEY,
  checkDocumentSize,
  decodeDocument,
  isOneElement,
  malformed,
} from './document.ts';
import type { KeyDescription } from './key-constraints.ts';
import { isValidName } from './name.ts';
import { SubjectKeyIdentifierExtension, X509Certificate, type Name } from './peculiar.ts';
import { readPem } from './pem.ts';
import { readPublicKey, type PublicKey } from './public-key.ts';

/** A CA's private key of a supported kind. */
export interface CaKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly description: KeyDescription;
}

/** What issuing needs of a CA certificate. */
export interface CaCertificate {
  readonly subject: Name;
  readonly publicKey: PublicKey;
  /** Hexadecimal; absent when the certificate names none. */
  readonly subjectKeyIdentifier: string | undefined;
}

const KEY_LABELS: readonly string[] = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];
const KEY_FORMATS = ['pkcs8', 'sec1', 'pkcs1'] as const;

/**
 * Reads a CA key in PEM (before it may stand EC parameters) or DER: PKCS #8, SEC1 or PKCS #1. CA_KEY_MALFORMED,
 * CA_KEY_ENCRYPTED, KEY_UNSUPPORTED. The copy this function makes of the key is wiped; node:crypto's own is not.
 */
export function readCaKey(bytes: Uint8Array): CaKey {
  const der = keyDer(bytes);
  try {
    if (isEncryptedPrivateKeyInfo(der)) encrypted();
    const privateKey = parsePrivateKey(der);
    const publicKey = createPublicKey(privateKey);
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    return { privateKey, publicKey, description: readPublicKey(spki, CA_KEY).description };
  } finally {
    der.fill(0);
  }
}

/** Reads a CA certificate in DER or PEM, labelled CERTIFICATE. CA_CERT_MALFORMED, KEY_UNSUPPORTED. */
export function readCaCertificate(bytes: Uint8Array): CaCertificate {
  const certificate = parseCertificate(decodeDocument(bytes, CA_CERTIFICATE, 'CERTIFICATE'));
  return {
    subject: certificate.subjectName,
    publicKey: readPublicKey(new Uint8Array(certificate.publicKey.rawData), CA_CERTIFICATE),
    subjectKeyIdentifier: certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId,
  };
}

/** CA_KEY_MISMATCH unless the key is the one in the certificate. */
export function checkKeyMatchesCertificate(key: CaKey, certificate: CaCertificate): void {
  if (!key.publicKey.equals(certificate.publicKey.key)) throw keyMismatch();
}

/** The private key and the certificate's key are not a pair. */
export function keyMismatch(): BrokerError {
  const message = 'the CA private key does not belong to the CA certificate';
  return new BrokerError('CA_KEY_MISMATCH', message, { field: CA_KEY.name });
}

function keyDer(bytes: Uint8Array): Uint8Array {
  checkDocumentSize(bytes, CA_KEY);
  return isOneElement(bytes) ? Uint8Array.from(bytes) : keyDerFromPem(bytes);
}

/** `openssl ecparam -genkey` writes a block of EC parameters before the one with the key. */
function keyDerFromPem(bytes: Uint8Array): Uint8Array {
  const blocks = readPem(bytes);
  const block = blocks.find(({ label }) => label !== 'EC PARAMETERS');
  if (block === undefined) {
    malformed(
      CA_KEY,
      blocks.length > 0
        ? 'holds EC parameters, but no key'
        : 'is neither a whole PEM block nor DER',
    );
  }
  if (block.encrypted || block.label === 'ENCRYPTED PRIVATE KEY') encrypted();
  if (!KEY_LABELS.includes(block.label)) malformed(CA_KEY, 'the PEM block is no private key');
  if (block.der === undefined) malformed(CA_KEY, 'the base64 of the PEM block is damaged');
  return block.der;
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3) begins with an AlgorithmIdentifier, every plain key with a version. */
function isEncryptedPrivateKeyInfo(der: Uint8Array): boolean {
  try {
    const [first, second, ...more] = readSequence(der);
    return first?.tag === TAG.sequence && second?.tag === TAG.octetString && more.length === 0;
  } catch (cause) {
    malformed(CA_KEY, 'is not a private key', cause);
  }
}

function parsePrivateKey(der: Uint8Array): KeyObject {
  const key = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  let cause: unknown;
  for (const type of KEY_FORMATS) {
    try {
      return createPrivateKey({ key, format: 'der', type });
    } catch (error) {
      cause = error;
    }
  }
  malformed(CA_KEY, 'is not a private key', cause);
}

function parseCertificate(der: Uint8Array): X509Certificate {
  try {
    const [tbs, outerAlgorithm] = readSequence(der);
    const fields = readSequence(tbs?.bytes ?? new Uint8Array());
    if (fields[0]?.tag === TAG.explicitVersion) fields.shift();
    const [, innerAlgorithm, issuer, , subject] = fields;
    requireEqualAlgorithms(innerAlgorithm, outerAlgorithm);
    requireValidNames(issuer, subject);
    return new X509Certificate(der);
  } catch (cause) {
    if (cause instanceof BrokerError) throw cause;
    malformed(CA_CERTIFICATE, 'is not an X.509 certificate in DER', cause);
  }
}

/** RFC 5280 §4.1.1.2. */
function requireEqualAlgorithms(inner: DerElement | undefined, outer: DerElement | undefined): void {
  if (Buffer.compare(inner?.bytes ?? Buffer.of(0), outer?.bytes ?? Buffer.of(1)) === 0) return;
  malformed(CA_CERTIFICATE, 'names two different signature algorithms');
}

function requireValidNames(...names: readonly (DerElement | undefined)[]): void {
  if (names.every((name) => name !== undefined && isValidName(name.bytes))) return;
  malformed(CA_CERTIFICATE, 'the subject or issuer is not a valid name');
}

function encrypted(): never {
  throw new BrokerError('CA_KEY_ENCRYPTED', 'the CA private key is encrypted', { field: CA_KEY.name });
}
