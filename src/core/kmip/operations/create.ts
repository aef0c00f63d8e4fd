import type { AttributeSet } from '../../../kmip/attributes/attribute-set.ts';
import { validateClientAttributes } from '../../../kmip/attributes/validate.ts';
import { KmipFailure } from '../../../kmip/failure.ts';
import { create } from '../../../kmip/payloads/create.ts';
import { OBJECT_TYPE } from '../../../kmip/tables/enumerations.ts';
import { generatedKeyFacts, requireAesKey } from '../generated-key.ts';
import { requireForeign } from '../internal-attributes.ts';
import { insertObject, requireSoftwareStorage } from '../new-object.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/** Create (KMIP 1.4 §4.1, 2.1 §6.1.8): an AES key of the Core's making. Gateways make their own. */
export const createKey: CoreOperation = (call, { provider, newId }) => {
  const { version, work, record } = call;
  const { objectType, attributes, storageMasks } = decodePayload(create, call);
  if (objectType !== OBJECT_TYPE.symmetricKey) {
    throw new KmipFailure('invalidObjectType', 'only symmetric keys can be created');
  }
  requireSoftwareStorage(storageMasks);
  validateClientAttributes(attributes, version, { operation: 'create', objectType });
  requireForeign(attributes.names());
  const bits = lengthOf(attributes);
  const uid = newId();
  record.uid = uid;
  const object = { uid, objectType, attributes, facts: generatedKeyFacts(bits) };
  insertObject(object, work, (serviceKey, header) =>
    provider.dataKeys.create(serviceKey, bits, header),
  );
  return success(create, version, { objectType, uid });
};

/** In bits; the attributes have been found complete. */
function lengthOf(attributes: AttributeSet): number {
  const length = attributes.integer('Cryptographic Length') ?? 0;
  requireAesKey(attributes.enumeration('Cryptographic Algorithm'), length);
  return length;
}
