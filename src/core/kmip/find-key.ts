import { KmipFailure } from '../../kmip/failure.ts';
import type { UidReference } from '../../kmip/payloads/payload-codec.ts';
import type { CoreKey } from '../keys/core-key.ts';
import type { KeyWork } from '../keys/key-work.ts';
import { notFound } from './failures.ts';
import type { OperationCall } from './operation.ts';

/** An object, and its name as the client has it, which is how answers name it. */
export interface FoundKey {
  readonly key: CoreKey;
  readonly uid: string;
}

/** The object that a request means, in whatever state. KmipFailure itemNotFound. */
export function findKey(reference: UidReference, { work, record }: OperationCall): FoundKey {
  // Gateways resolve placeholders and batch positions: here every message has one item.
  if (reference.kind !== 'text') throw new KmipFailure('itemNotFound', 'no object is named');
  const { uid } = reference;
  const key = lookUp(uid, work);
  if (key === undefined) throw notFound();
  record.uid = key.uid;
  return { key, uid };
}

/** Krypton's form of an identifier: tenant, key, version. Keys here have one version. */
const KRYPTON_FORM = /^(.+):([^:]+):1$/;

/** The key with this identifier, or in Krypton's form with the key and the client's own tenant in it. */
export function lookUp(uid: string, work: Pick<KeyWork, 'get' | 'tenantId'>): CoreKey | undefined {
  const key = work.get(uid);
  if (key !== undefined) return key;
  const [, tenant, plain] = KRYPTON_FORM.exec(uid) ?? [];
  return plain === undefined || tenant !== work.tenantId ? undefined : work.get(plain);
}
