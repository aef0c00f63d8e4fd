import { createPrivateKey, sign, type KeyObject } from 'node:crypto';

import {
  bitString,
  commonName,
  derNull,
  element,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  utcTime,
} from './der-writer.ts';
import { rsaSpki, spkiOf } from './handmade-keys.ts';

/** Requests and certificates that no well-behaved tool would make. */

const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const NOISE = Buffer.alloc(64, 0x5a);
const SHA256_WITH_RSA = sequence(objectIdentifier('1.2.840.113549.1.1.11'), derNull());

/** A PKCS #10 request in DER. Without a key it is signed with noise. */
export function handmadeRequest(options: {
  readonly spki: Uint8Array;
  readonly key?: KeyObject;
  /** Digest to sign with, null for keys that choose their own; default SHA-256. */
  readonly digest?: string | null;
  /** Signs instead of `key`. */
  readonly signWith?: (info: Uint8Array) => Uint8Array;
  /** AlgorithmIdentifier, DER; default: that of the key with SHA-256. */
  readonly signatureAlgorithm?: Uint8Array;
  /** Name, DER. */
  readonly subject?: Uint8Array;
  /** Contents of the attributes field, DER. */
  readonly attributes?: Uint8Array;
}): Buffer {
  const { spki, key, digest = 'sha256' } = options;
  const info = sequence(
    integer(Buffer.of(0)),
    options.subject ?? commonName('handmade'),
    spki,
    element(0xa0, options.attributes ?? Buffer.alloc(0)),
  );
  const signature =
    options.signWith?.(info) ?? (key === undefined ? NOISE : sign(digest, info, key));
  return sequence(info, options.signatureAlgorithm ?? algorithmOf(key), bitString(signature));
}

/** A request with the public half of `key`, signed by it. */
export function requestFor(
  key: KeyObject,
  changes: Partial<Parameters<typeof handmadeRequest>[0]> = {},
): Buffer {
  return handmadeRequest({ spki: spkiOf(key), key, ...changes });
}

/**
 * A request for an RSA key of 15360 bits. Making such a key takes minutes; its size is refused before its signature is
 * looked at, so the modulus is an odd number without known factors and the signature is noise.
 */
export function oversizedRsaRequest(): Buffer {
  return handmadeRequest({ spki: rsaSpki(Buffer.alloc(15360 / 8, 0xc5), Buffer.of(1, 0, 1)) });
}

/** A self-signed version 3 certificate in DER. */
export function handmadeCertificate(options: {
  readonly keyPem: string;
  readonly subject?: Uint8Array;
  /** Each a whole Extension, DER. Absent: the field is left out. */
  readonly extensions?: readonly Uint8Array[];
  /** UTCTime. */
  readonly notBefore?: string;
  readonly notAfter?: string;
}): Buffer {
  const key = createPrivateKey(options.keyPem);
  const algorithm = algorithmOf(key);
  const subject = options.subject ?? commonName('handmade CA');
  const notBefore = utcTime(options.notBefore ?? '250101000000Z');
  const notAfter = utcTime(options.notAfter ?? '260101000000Z');
  const extensions = options.extensions;
  const tbs = sequence(
    element(0xa0, integer(Buffer.of(2))),
    integer(Buffer.of(7)),
    algorithm,
    subject,
    sequence(notBefore, notAfter),
    subject,
    spkiOf(key),
    ...(extensions === undefined ? [] : [element(0xa3, sequence(...extensions))]),
  );
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, key)));
}

/** An Extension that is not critical, DER. */
export function handmadeExtension(oid: string, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(oid), octetString(value));
}

/** The same element with an indefinite length: BER, not DER (X.690 §8.1.3.6). `der` is longer than 255 octets. */
export function withIndefiniteLength(der: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(der[0] ?? 0, 0x80), der.subarray(4), Buffer.of(0, 0)]);
}

function algorithmOf(key: KeyObject | undefined): Buffer {
  return key === undefined || key.asymmetricKeyType === 'ec' ? ECDSA_WITH_SHA256 : SHA256_WITH_RSA;
}
