import { validateClientAttributes } from '../../../kmip/attributes/validate.ts';
import { objectTypeOf } from '../../../kmip/payloads/managed-object.ts';
import { register } from '../../../kmip/payloads/register.ts';
import { requireForeign } from '../internal-attributes.ts';
import { insertObject, requireSoftwareStorage } from '../new-object.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { readRegistered } from '../registered-object.ts';

/** Register (KMIP 1.4 §4.3, 2.1 §6.1.43) of a symmetric key, secret data or an opaque object. */
export const registerObject: CoreOperation = (call, { provider, newId }) => {
  const { version, work, record } = call;
  const request = decodePayload(register, call);
  requireSoftwareStorage(request.storageMasks);
  const objectType = objectTypeOf(request.object);
  const { attributes, facts, material } = readRegistered(request.object, request.attributes);
  validateClientAttributes(attributes, version, { operation: 'register', objectType });
  requireForeign(attributes.names());
  const uid = newId();
  record.uid = uid;
  insertObject({ uid, objectType, attributes, facts }, work, (serviceKey, header) =>
    // A copy, which is wiped by wrapping: the message may have to be executed again.
    provider.dataKeys.wrap(serviceKey, Uint8Array.from(material), header),
  );
  return success(register, version, { uid });
};
