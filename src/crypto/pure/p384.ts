import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { invalid } from './invalid.ts';

/** SubjectPublicKeyInfo of a P-384 key up to its uncompressed point (RFC 5480 §2). One curve and one form: it is constant. */
const SPKI_PREFIX = Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex');
const POINT_LENGTH = 97;
const UNCOMPRESSED = 0x04;
/** A PrivateKeyInfo that states its public key, up to the private number (RFC 5208 §5, RFC 5915 §3); it ends with the point. */
const PRIVATE_PREFIX = Buffer.from(
  '3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430',
  'hex',
);
const PRIVATE_INFO_LENGTH = 185;
const SCALAR_END = PRIVATE_PREFIX.length + 48;
/** OpenSSL's name of P-384. */
const CURVE = 'secp384r1';

/** A public key, or INPUT_INVALID under the name of its argument. */
export function p384PublicKey(spki: Uint8Array, field: string): KeyObject {
  const isP384 =
    spki.length === SPKI_PREFIX.length + POINT_LENGTH &&
    SPKI_PREFIX.equals(spki.subarray(0, SPKI_PREFIX.length));
  if (!isP384) invalid(field, 'not a P-384 public key');
  return p384Point(spki.subarray(SPKI_PREFIX.length), field);
}

/** The same from an uncompressed point (SEC 1 §2.3.3). */
export function p384Point(point: Uint8Array, field: string): KeyObject {
  if (point.length !== POINT_LENGTH || point[0] !== UNCOMPRESSED) {
    invalid(field, 'not an uncompressed point of P-384');
  }
  try {
    const key = Buffer.concat([SPKI_PREFIX, point]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return invalid(field, 'the public key is not valid');
  }
}

/** The public half as SubjectPublicKeyInfo. */
export function publicInfo(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}

/** The uncompressed point of the public half. */
export function publicPoint(privateKey: KeyObject): Buffer {
  return publicInfo(privateKey).subarray(SPKI_PREFIX.length);
}

/** PrivateKeyInfo in DER; the caller wipes it. */
export function privateInfo(privateKey: KeyObject): Buffer {
  return privateKey.export({ format: 'der', type: 'pkcs8' });
}

/** A P-384 private key in PKCS #8, decrypted when there is a passphrase; undefined when it is none or its halves are no pair. */
export function readPrivateInfo(der: Buffer, passphrase?: Buffer): KeyObject | undefined {
  let info: Buffer | undefined;
  try {
    const key = createPrivateKey({
      key: der,
      format: 'der',
      type: 'pkcs8',
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== CURVE) {
      return undefined;
    }
    info = privateInfo(key);
    // One form and no other: what was read is what would be written. OpenSSL keeps a wrong version, hence the prefix.
    if (
      info.length !== PRIVATE_INFO_LENGTH ||
      !PRIVATE_PREFIX.equals(info.subarray(0, PRIVATE_PREFIX.length)) ||
      (passphrase === undefined && !info.equals(der))
    ) {
      return undefined;
    }
    const pair = createECDH(CURVE);
    pair.setPrivateKey(info.subarray(PRIVATE_PREFIX.length, SCALAR_END));
    return pair.getPublicKey().equals(info.subarray(-POINT_LENGTH)) ? key : undefined;
  } catch {
    return undefined;
  } finally {
    info?.fill(0);
  }
}
