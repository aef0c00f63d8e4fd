import { readPem } from '../../src/x509/pem.ts';
import {
  makeThrowawayCa,
  makeThrowawayRequest,
  type ThrowawayCa,
  type ThrowawayKey,
  type ThrowawayRequest,
} from '../../src/x509/throwaway.ts';

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

/** What a PEM document holds. */
export function derOf(pem: string): Uint8Array {
  const der = readPem(Buffer.from(pem))[0]?.der;
  if (der === undefined) throw new RangeError('not a PEM block');
  return der;
}
