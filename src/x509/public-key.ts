import { createPublicKey, type KeyObject } from 'node:crypto';

import type { KeyAlgorithm } from '../crypto/algorithms.ts';
import { BrokerError } from '../errors/index.ts';
import { DerReader, TAG, type DerElement } from './der.ts';
import { malformed, type DocumentField } from './document.ts';
import type { KeyDescription } from './key-constraints.ts';

/** A public key of a supported kind as its document states it, before anything was computed with it. */
export interface PublicKey {
  readonly description: KeyDescription;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** The bits of subjectPublicKey, what key identifiers hash: an EC point, or RSAPublicKey in DER. */
  readonly bits: Uint8Array;
}

/** A curve that is supported: size of its field in bits, length of an uncompressed point in octets. */
export interface SupportedCurve {
  readonly bits: number;
  readonly pointLength: number;
}

/** Contents of OBJECT IDENTIFIERs (RFC 3279 §2.3.1, RFC 5480 §2.1.1), hexadecimal. */
const RSA_ENCRYPTION = '2a864886f70d010101';
const EC_PUBLIC_KEY = '2a8648ce3d0201';
const CURVES: Readonly<Record<string, SupportedCurve>> = {
  '2a8648ce3d030107': { bits: 256, pointLength: 65 },
  '2b81040022': { bits: 384, pointLength: 97 },
  '2b81040023': { bits: 521, pointLength: 133 },
};

/** SEC 1 §2.3.3. */
const UNCOMPRESSED_POINT = 4;
/** 64 bits: OpenSSL refuses longer exponents for long moduli, and nobody uses them. */
const MAX_EXPONENT_LENGTH = 8;

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). KEY_UNSUPPORTED for other kinds of key, other curves, curves given
 * by their parameters and compressed points; the field's own code for what cannot be a key.
 */
export function readPublicKey(spki: Uint8Array, field: DocumentField): PublicKey {
  const { algorithm, parameters, bits } = parseSpki(spki, field);
  const kind = readKeyAlgorithm(algorithm, field);
  const length =
    kind === 'ECDSA' ? ecBits(parameters, bits, field) : rsaBits(parameters, bits, field);
  return { description: { algorithm: kind, bits: length }, spki, bits };
}

/** The kind of key that an algorithm's OBJECT IDENTIFIER names. KEY_UNSUPPORTED for every other than ours. */
export function readKeyAlgorithm(identifier: Uint8Array, field: DocumentField): KeyAlgorithm {
  switch (hex(identifier)) {
    case EC_PUBLIC_KEY:
      return 'ECDSA';
    case RSA_ENCRYPTION:
      return 'RSA';
    default:
      throw unsupported(field, 'the key is of another kind than RSA and EC');
  }
}

/** The curve that ECParameters name (RFC 5480 §2.1.1). KEY_UNSUPPORTED for every other than ours. */
export function readCurve(
  parameters: DerElement | undefined,
  field: DocumentField,
): SupportedCurve {
  if (parameters?.tag === TAG.sequence) {
    throw unsupported(field, 'EC keys with explicit curve parameters are not supported');
  }
  if (parameters?.tag !== TAG.objectIdentifier) malformed(field, 'the EC key names no curve');
  const curve = CURVES[hex(parameters.content)];
  if (curve !== undefined) return curve;
  throw unsupported(field, 'the EC key is on another curve than P-256, P-384 and P-521');
}

/** The key to compute with. Fails with the field's own code when an EC point is not on its curve. */
export function loadPublicKey({ spki }: PublicKey, field: DocumentField): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    malformed(field, 'the public key is not a point on its curve', cause);
  }
}

function parseSpki(spki: Uint8Array, field: DocumentField) {
  try {
    const content = new DerReader(spki).enter(TAG.sequence);
    const identifier = content.enter(TAG.sequence);
    const algorithm = identifier.readOid();
    const parameters = identifier.atEnd ? undefined : identifier.readAny();
    identifier.finish();
    const bits = content.readBits();
    content.finish();
    return { algorithm, parameters, bits };
  } catch (cause) {
    malformed(field, 'the public key is not a SubjectPublicKeyInfo in DER', cause);
  }
}

function ecBits(
  parameters: DerElement | undefined,
  point: Uint8Array,
  field: DocumentField,
): number {
  const { bits, pointLength } = readCurve(parameters, field);
  if (point[0] !== UNCOMPRESSED_POINT) {
    throw unsupported(field, 'only uncompressed EC points are supported');
  }
  if (point.length !== pointLength) {
    malformed(field, `the EC point does not have the length of P-${bits}`);
  }
  return bits;
}

/** Length of an RSA modulus; refuses numbers that cannot be a key. */
function rsaBits(
  parameters: DerElement | undefined,
  bits: Uint8Array,
  field: DocumentField,
): number {
  // RFC 3279 §2.3.1: the parameters are NULL, and present.
  if (parameters?.tag !== TAG.null || parameters.content.length > 0) {
    malformed(field, 'the RSA key has no NULL parameters');
  }
  const { modulus, exponent } = parseRsa(bits, field);
  const isOne = exponent.length === 1 && exponent[0] === 1;
  if (isEven(modulus) || isEven(exponent) || isOne) {
    malformed(field, 'the RSA modulus or exponent is even or 1');
  }
  if (exponent.length > MAX_EXPONENT_LENGTH) {
    throw unsupported(field, 'RSA exponents above 64 bits are not supported');
  }
  return modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
}

/** RSAPublicKey (RFC 8017 appendix A.1.1). */
function parseRsa(bits: Uint8Array, field: DocumentField) {
  try {
    const input = new DerReader(bits);
    const numbers = input.enter(TAG.sequence);
    const [modulus, exponent] = [numbers.readUnsigned(), numbers.readUnsigned()];
    numbers.finish();
    input.finish();
    return { modulus, exponent };
  } catch (cause) {
    malformed(field, 'the RSA public key is not a modulus and an exponent in DER', cause);
  }
}

function isEven(number: Uint8Array): boolean {
  return (number.at(-1) ?? 0) % 2 === 0;
}

function unsupported(field: DocumentField, message: string): BrokerError {
  return new BrokerError('KEY_UNSUPPORTED', message, { field: field.name });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
