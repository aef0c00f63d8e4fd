import { setAttribute } from '../../../kmip/payloads/set-attribute.ts';
import { requireChange, stageChange } from '../attribute-changes.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/** Set Attribute (KMIP 2.1 §6.1.51): the only value of an attribute, whether or not there was one. */
export const setKeyAttribute: CoreOperation = (call) => {
  const { uid: reference, attribute } = decodePayload(setAttribute, call);
  const { value } = attribute;
  const { key, uid } = findKey(reference, call);
  const name = requireChange(key, { operation: 'set', name: attribute.name, value }, call);
  stageChange(key, name, key.attributes.with(name, value), call);
  return success(setAttribute, call.version, { uid });
};
