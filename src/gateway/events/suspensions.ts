import type { Vault } from '../../vault/index.ts';
import { decodeObject, encodeObject } from '../stored-object.ts';

/**
 * When keys were suspended. A resumption travels in another lane than the suspension that may follow it, and so may come
 * after it: it counts for older suspensions alone.
 */
const PREFIX = 'suspended/';

/** The change that notes a suspension; `at` is milliseconds since 1970. */
export function suspensionNoted(
  tenant: string,
  uid: string,
  at: number,
): ReadonlyMap<string, Uint8Array> {
  return new Map([[nameOf(tenant, uid), encodeObject({ at })]]);
}

/** The change that forgets it. */
export function suspensionForgotten(tenant: string, uid: string): ReadonlyMap<string, undefined> {
  return new Map([[nameOf(tenant, uid), undefined]]);
}

/** When the key was suspended last, milliseconds since 1970; undefined when it is not. */
export async function readSuspension(
  vault: Vault,
  tenant: string,
  uid: string,
): Promise<number | undefined> {
  const bytes = await vault.readState(nameOf(tenant, uid));
  if (bytes === undefined) return undefined;
  const { at } = decodeObject(bytes);
  // A note that cannot be read still says that there was a suspension: nothing is older than it.
  return typeof at === 'number' ? at : Number.POSITIVE_INFINITY;
}

function nameOf(tenant: string, uid: string): string {
  return `${PREFIX}${tenant}/${uid}`;
}
