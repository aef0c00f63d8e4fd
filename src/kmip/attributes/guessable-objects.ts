import { OBJECT_TYPE } from '../tables/enumerations.ts';

const GUESSABLE: ReadonlySet<number> = new Set([OBJECT_TYPE.secretData, OBJECT_TYPE.opaqueObject]);

/**
 * True for objects whose value somebody may have made up, such as a password: a digest of it (KMIP 1.4 §3.17) in a database
 * or in an answer to Get Attributes would let anybody try values until one fits. Those have no Digest here.
 */
export function isGuessable(objectType: number): boolean {
  return GUESSABLE.has(objectType);
}

/** Stands where a digest is bound to a wrapped object that has none. */
export const NO_DIGEST: Uint8Array = new Uint8Array(32);
