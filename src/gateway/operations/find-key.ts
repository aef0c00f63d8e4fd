import { GetMiss } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { UidReference } from '../../kmip/payloads/payload-codec.ts';
import { resolveUid } from '../delegate/named-object.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';
import { keyQuarantined } from '../keys/key-failures.ts';
import type { LocalKey, LocalKeys } from '../keys/local-keys.ts';
import type { OperationCall, OperationParts } from './operation.ts';

/** Where an object is. `uid` is as the client names it, which is how answers name it. */
export type Found =
  | { readonly where: 'here'; readonly uid: string; readonly key: LocalKey }
  /** The Core may know it. */
  | { readonly where: 'elsewhere'; readonly uid: string };

/**
 * The key that a request means. KmipFailure itemNotFound when it is not here and the Core is not to be asked, or cannot be;
 * generalFailure when it is quarantined.
 */
export async function findKey(
  reference: UidReference,
  { client, context }: OperationCall,
  { keys, delegate }: OperationParts,
): Promise<Found> {
  const uid = resolveUid(reference, context);
  const key = await lookUp(uid, client, keys);
  if (key !== undefined) {
    if (key.quarantined) throw keyQuarantined();
    return { where: 'here', uid, key };
  }
  if (keys.policy(client).getMiss === GetMiss.GET_MISS_DENY) throw notFound();
  if (delegate.isCut) throw notFoundHere();
  return { where: 'elsewhere', uid };
}

/** Krypton's form of an identifier: tenant, key, version. Keys here have one version. */
const KRYPTON_FORM = /^(.+):([^:]+):1$/;

/** The key with this identifier, or in Krypton's form with the key and the client's own tenant in it. */
export async function lookUp(
  uid: string,
  client: ClientIdentity,
  keys: Pick<LocalKeys, 'find'>,
): Promise<LocalKey | undefined> {
  const key = await keys.find(uid, client);
  if (key !== undefined) return key;
  const [, tenant, plain] = KRYPTON_FORM.exec(uid) ?? [];
  if (plain === undefined || tenant !== client.tenantId) return undefined;
  return await keys.find(plain, client);
}

/** The same answer for what never was and for what is another tenant's. */
function notFound(): KmipFailure {
  return new KmipFailure('itemNotFound', 'there is no such object');
}

/** Not here, and the Core cannot be asked now. */
export function notFoundHere(cause?: unknown): KmipFailure {
  return new KmipFailure('itemNotFound', 'not found here, and the core is unreachable', { cause });
}
