import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { isInternalName } from '../../kmip/attributes/internal-names.ts';
import { validateClientAttributes } from '../../kmip/attributes/validate.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { create, type CreateRequest } from '../../kmip/payloads/create.ts';
import { CRYPTOGRAPHIC_ALGORITHM, OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import { PROTECTION_STORAGE_MASK } from '../../kmip/tables/masks.ts';
import { decodePayload, success, type LocalOperation } from './operation.ts';
import { requireRoom } from './pass-on.ts';

/** Create (KMIP 1.4 §4.1, 2.1 §6.1.8): an AES key of this Gateway, registered with the Core afterwards. */
export const createKey: LocalOperation = async (call, { keys, fresh }) => {
  const request = decodePayload(create, call);
  const length = requirePossible(request);
  const { objectType, attributes } = request;
  requireForeign(attributes);
  validateClientAttributes(attributes, call.version, { operation: 'create', objectType });
  requireRoom(call);
  const { row } = await keys.create({ length, attributes }, call.client, call.facts);
  fresh.made(row.uid);
  return success(create, call.version, { objectType, uid: row.uid }, row.uid);
};

/** Refuses attributes that Core and Gateway keep for themselves. */
function requireForeign(attributes: AttributeSet): void {
  if (attributes.names().some(isInternalName)) {
    throw new KmipFailure('attributeReadOnly', 'a custom attribute cannot be set by a client');
  }
}

/** What this server can make: symmetric keys for AES, kept by software. Returns the length in bits. */
function requirePossible({ objectType, attributes, storageMasks }: CreateRequest): number {
  if (objectType !== OBJECT_TYPE.symmetricKey) {
    throw new KmipFailure('invalidObjectType', 'only symmetric keys can be created');
  }
  const algorithm = attributes.enumeration('Cryptographic Algorithm');
  if (algorithm !== undefined && algorithm !== CRYPTOGRAPHIC_ALGORITHM.aes) {
    throw new KmipFailure('invalidAttributeValue', 'only keys for AES can be created');
  }
  if (storageMasks?.every((mask) => (mask & PROTECTION_STORAGE_MASK.software) === 0) === true) {
    throw new KmipFailure('protectionStorageUnavailable', 'keys are kept by software here');
  }
  const length = attributes.integer('Cryptographic Length');
  if (length === undefined) {
    throw new KmipFailure('invalidAttributeValue', 'Cryptographic Length is missing');
  }
  return length;
}
