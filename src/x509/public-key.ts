import { createPublicKey, type KeyObject } from 'node:crypto';

import { BrokerError } from '../errors/index.ts';
import type { KeyAlgorithm } from '../crypto/algorithms.ts';
import { readSequence, TAG, type DerElement } from './der.ts';
import { malformed, type DocumentField } from './document.ts';
import type { KeyDescription } from './key-constraints.ts';

/** A public key of a supported kind, with the encodings a certificate needs. */
export interface PublicKey {
  readonly description: KeyDescription;
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** The bits of subjectPublicKey, what key identifiers hash: an EC point, or RSAPublicKey in DER. */
  readonly bits: Uint8Array;
}

/** Contents of OBJECT IDENTIFIERs (RFC 3279 §2.3.1, RFC 5480 §2.1.1), hexadecimal. */
const RSA_ENCRYPTION = '2a864886f70d010101';
const EC_PUBLIC_KEY = '2a8648ce3d0201';
const CURVE_BITS: Readonly<Record<string, number>> = {
  '2a8648ce3d030107': 256,
  '2b81040022': 384,
  '2b81040023': 521,
};

/** SEC 1 §2.3.3. */
const UNCOMPRESSED_POINT = 4;
/** OpenSSL refuses longer exponents for long moduli, and nobody uses them. */
const MAX_RSA_EXPONENT = 2n ** 64n;

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). KEY_UNSUPPORTED for other kinds of key, other curves, curves given
 * by their parameters and compressed points; the field's own code for what cannot be a key.
 */
export function readPublicKey(spki: Uint8Array, field: DocumentField): PublicKey {
  const { algorithm, parameters, bits } = parseSpki(spki, field);
  if (algorithm === EC_PUBLIC_KEY) {
    const size = curveBits(parameters, field);
    if (bits[0] !== UNCOMPRESSED_POINT) {
      unsupported(field, 'only uncompressed EC points are supported');
    }
    return { description: describe('ECDSA', size), key: load(spki, field), spki, bits };
  }
  if (algorithm !== RSA_ENCRYPTION) {
    unsupported(field, 'the key is of another kind than RSA and EC');
  }
  if (parameters === undefined || hex(parameters.bytes) !== '0500') {
    malformed(field, 'the RSA key has no NULL parameters');
  }
  const key = load(spki, field);
  return { description: describe('RSA', rsaBits(key, bits, field)), key, spki, bits };
}

function parseSpki(spki: Uint8Array, field: DocumentField) {
  try {
    const [identifier, subjectPublicKey, ...rest] = readSequence(spki);
    const [algorithm, parameters, ...more] = readSequence(identifier?.bytes ?? new Uint8Array());
    const isKey =
      algorithm?.tag === TAG.objectIdentifier &&
      subjectPublicKey?.tag === TAG.bitString &&
      subjectPublicKey.content[0] === 0 &&
      rest.length + more.length === 0;
    if (!isKey) throw new RangeError('not a SubjectPublicKeyInfo');
    return {
      algorithm: hex(algorithm.content),
      parameters,
      bits: subjectPublicKey.content.subarray(1),
    };
  } catch (cause) {
    malformed(field, 'the public key is not a SubjectPublicKeyInfo in DER', cause);
  }
}

/** The size of the curve that ECParameters name (RFC 5480 §2.1.1). */
function curveBits(parameters: DerElement | undefined, field: DocumentField): number {
  if (parameters?.tag === TAG.sequence) {
    unsupported(field, 'EC keys with explicit curve parameters are not supported');
  }
  if (parameters?.tag !== TAG.objectIdentifier) malformed(field, 'the EC key names no curve');
  return (
    CURVE_BITS[hex(parameters.content)] ??
    unsupported(field, 'the EC key is on another curve than P-256, P-384 and P-521')
  );
}

/** Length of an RSA modulus; refuses numbers that cannot be a key, which OpenSSL looks at only when it uses them. */
function rsaBits(key: KeyObject, bits: Uint8Array, field: DocumentField): number {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const modulusIsEven = (readSequence(bits)[0]?.content.at(-1) ?? 0) % 2 === 0;
  if (modulusIsEven || publicExponent % 2n === 0n || publicExponent < 3n) {
    malformed(field, 'the RSA modulus or exponent is even or 1');
  }
  if (publicExponent >= MAX_RSA_EXPONENT) {
    unsupported(field, 'RSA exponents above 64 bits are not supported');
  }
  return modulusLength;
}

function load(spki: Uint8Array, field: DocumentField): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    malformed(field, 'the public key does not decode', cause);
  }
}

function unsupported(field: DocumentField, message: string): never {
  throw new BrokerError('KEY_UNSUPPORTED', message, { field: field.name });
}

function describe(algorithm: KeyAlgorithm, bits: number): KeyDescription {
  return { algorithm, bits };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
