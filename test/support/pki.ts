import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

import {
  makeThrowawayCa,
  makeThrowawayRequest,
  type ThrowawayCa,
  type ThrowawayKey,
  type ThrowawayRequest,
} from '../../src/x509/throwaway.ts';
import {
  bitString,
  commonName,
  derNull,
  element,
  integer,
  objectIdentifier,
  sequence,
  utcTime,
} from './der-writer.ts';

/** The time of every test: 2025-06-15T15:06:40Z. */
export const NOW = 1_750_000_000;

/** Kinds of key the product issues for and signs with. */
export const KEY_KINDS = {
  'RSA-2048': { algorithm: 'RSA', bits: 2048 },
  'RSA-3072': { algorithm: 'RSA', bits: 3072 },
  'RSA-4096': { algorithm: 'RSA', bits: 4096 },
  'P-256': { algorithm: 'ECDSA', bits: 256 },
  'P-384': { algorithm: 'ECDSA', bits: 384 },
  'P-521': { algorithm: 'ECDSA', bits: 521 },
} as const satisfies Record<string, ThrowawayKey>;
export type KeyKind = keyof typeof KEY_KINDS;

const cas = new Map<KeyKind, Promise<ThrowawayCa>>();
const requests = new Map<KeyKind, Promise<ThrowawayRequest>>();

/** A CA of this kind, made once per test process: an RSA key takes seconds. */
export function caOf(kind: KeyKind): Promise<ThrowawayCa> {
  return memoized(cas, kind, () =>
    makeThrowawayCa({ key: KEY_KINDS[kind], now: NOW, commonName: `${kind} CA` }),
  );
}

/** A request with a key of this kind, made once per test process. */
export function requestOf(kind: KeyKind): Promise<ThrowawayRequest> {
  return memoized(requests, kind, () =>
    makeThrowawayRequest({ key: KEY_KINDS[kind], commonName: `${kind} service` }),
  );
}

function memoized<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
  const known = cache.get(key) ?? make();
  cache.set(key, known);
  return known;
}

const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const SHA256_WITH_RSA = sequence(objectIdentifier('1.2.840.113549.1.1.11'), derNull());

/** A PKCS #10 request made by hand, in DER. Without a key it is signed with noise. */
export function handmadeRequest(options: {
  readonly spki: Uint8Array;
  readonly key?: KeyObject;
  readonly digest?: string | null;
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
  const signature = key === undefined ? Buffer.alloc(64, 0x5a) : sign(digest, info, key);
  const algorithm =
    options.signatureAlgorithm ??
    (key?.asymmetricKeyType === 'ec' ? ECDSA_WITH_SHA256 : SHA256_WITH_RSA);
  return sequence(info, algorithm, bitString(signature));
}

/**
 * A request for an RSA key of 15360 bits. Making such a key takes minutes; its size is refused before its signature is
 * looked at, so the modulus is an odd number without known factors and the signature is noise.
 */
export function oversizedRsaRequest(): Buffer {
  const modulus = Buffer.alloc(15360 / 8, 0xc5);
  const publicKey = sequence(integer(modulus), integer(Buffer.of(1, 0, 1)));
  const spki = sequence(
    sequence(objectIdentifier('1.2.840.113549.1.1.1'), derNull()),
    bitString(publicKey),
  );
  return handmadeRequest({ spki });
}

/** A version 3 certificate made by hand, in DER: the subject's key signs it. */
export function handmadeCertificate(options: {
  readonly keyPem: string;
  readonly spki: Uint8Array;
  readonly subject: Uint8Array;
  /** Each a whole Extension, DER. Absent: the field is left out. */
  readonly extensions?: readonly Uint8Array[];
  readonly notBefore?: string;
  readonly notAfter?: string;
}): Buffer {
  const key = createPrivateKey(options.keyPem);
  const algorithm = key.asymmetricKeyType === 'ec' ? ECDSA_WITH_SHA256 : SHA256_WITH_RSA;
  const tbs = sequence(
    element(0xa0, integer(Buffer.of(2))),
    integer(Buffer.of(7)),
    algorithm,
    options.subject,
    sequence(
      utcTime(options.notBefore ?? '250101000000Z'),
      utcTime(options.notAfter ?? '260101000000Z'),
    ),
    options.subject,
    options.spki,
    ...(options.extensions === undefined
      ? []
      : [element(0xa3, sequence(...options.extensions))]),
  );
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, key)));
}

/** SubjectPublicKeyInfo, DER, of the public half of a private key. */
export function spkiOf(key: KeyObject | string): Buffer {
  const privateKey = typeof key === 'string' ? createPrivateKey(key) : key;
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}
