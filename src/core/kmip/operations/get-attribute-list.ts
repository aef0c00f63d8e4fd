import { getAttributeList } from '../../../kmip/payloads/get-attribute-list.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { visibleAttributes } from '../visible-attributes.ts';

/** Get Attribute List (KMIP 1.4 §4.13, 2.1 §6.1.21). */
export const getKeyAttributeList: CoreOperation = (call) => {
  const { key, uid } = findKey(decodePayload(getAttributeList, call).uid, call);
  const names = visibleAttributes(key, call.work.now).names();
  return success(getAttributeList, call.version, { uid, names });
};
