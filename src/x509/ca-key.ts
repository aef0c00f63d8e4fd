import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { BrokerError } from '../errors/index.ts';
import type { CaCertificate } from './ca-certificate.ts';
import { DerReader, isOneElement, TAG } from './der.ts';
import { CA_KEY, checkDocumentSize, malformed } from './document.ts';
import { readPem } from './pem.ts';
import { readCurve, readKeyAlgorithm, readPublicKey, type PublicKey } from './public-key.ts';

/** A CA's private key of a supported kind. */
export interface CaKey {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

const KEY_LABELS: readonly string[] = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];
const KEY_FORMATS = ['pkcs8', 'sec1', 'pkcs1'] as const;

/**
 * Reads a CA key in DER or PEM (before it may stand EC parameters): PKCS #8 (RFC 5958), SEC1 (RFC 5915) or PKCS #1
 * (RFC 8017); the structure decides, not the label. CA_KEY_MALFORMED, CA_KEY_ENCRYPTED, KEY_UNSUPPORTED. The copy this
 * function makes of the key is wiped; node:crypto's own is not.
 */
export function readCaKey(bytes: Uint8Array): CaKey {
  const der = keyDer(bytes);
  try {
    checkPkcs8Algorithm(der);
    const privateKey = parsePrivateKey(der);
    const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
    return { privateKey, publicKey: readPublicKey(spki, CA_KEY) };
  } finally {
    der.fill(0);
  }
}

/** CA_KEY_MISMATCH unless the key is the one in the certificate. */
export function checkKeyMatchesCertificate(key: CaKey, certificate: CaCertificate): void {
  if (Buffer.compare(key.publicKey.spki, certificate.publicKey.spki) !== 0) throw keyMismatch();
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
    const [first] = blocks;
    malformed(
      CA_KEY,
      first === undefined
        ? 'is neither a whole PEM block nor DER'
        : 'holds EC parameters, but no key',
    );
  }
  if (block.encrypted || block.label === 'ENCRYPTED PRIVATE KEY') throw encrypted();
  if (!KEY_LABELS.includes(block.label)) malformed(CA_KEY, 'the PEM block is no private key');
  if (block.der === undefined) malformed(CA_KEY, 'the base64 of the PEM block is damaged');
  return block.der;
}

/** Tells keys that are encrypted or of another kind from broken ones, which node:crypto does not. */
function checkPkcs8Algorithm(der: Uint8Array): void {
  const algorithm = pkcs8Algorithm(der);
  if (algorithm === undefined) return;
  const kind = readKeyAlgorithm(algorithm.identifier, CA_KEY);
  if (kind === 'ECDSA') readCurve(algorithm.parameters, CA_KEY);
}

/** privateKeyAlgorithm, if this is PKCS #8. CA_KEY_ENCRYPTED when it is an EncryptedPrivateKeyInfo (RFC 5958 §3). */
function pkcs8Algorithm(der: Uint8Array) {
  try {
    const whole = new DerReader(der);
    const fields = whole.enter(TAG.sequence);
    whole.finish();
    if (fields.readAny().tag === TAG.sequence && fields.nextIs(TAG.octetString)) throw encrypted();
    if (!fields.nextIs(TAG.sequence)) return undefined;
    const algorithm = fields.enter(TAG.sequence);
    return {
      identifier: algorithm.readOid(),
      parameters: algorithm.atEnd ? undefined : algorithm.readAny(),
    };
  } catch (cause) {
    if (cause instanceof BrokerError) throw cause;
    malformed(CA_KEY, 'is not a PKCS #8, SEC1 or PKCS #1 key in DER', cause);
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
  malformed(CA_KEY, 'is not a PKCS #8, SEC1 or PKCS #1 key in DER', cause);
}

function encrypted(): BrokerError {
  const message = 'the CA private key is encrypted';
  return new BrokerError('CA_KEY_ENCRYPTED', message, { field: CA_KEY.name });
}
