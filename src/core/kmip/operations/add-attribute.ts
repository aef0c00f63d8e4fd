import { addAttribute } from '../../../kmip/payloads/add-attribute.ts';
import { requireChange, stageChange } from '../attribute-changes.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/** Add Attribute (KMIP 1.4 §4.14, 2.1 §6.1.2): a first value, or a further one where several are possible. */
export const addKeyAttribute: CoreOperation = (call) => {
  const { uid: reference, attribute } = decodePayload(addAttribute, call);
  const { value } = attribute;
  const { key, uid } = findKey(reference, call);
  const name = requireChange(key, { operation: 'add', name: attribute.name, value }, call);
  const changed = key.attributes.with(name, value);
  stageChange(key, name, changed, call);
  const added = changed.all(name).at(-1);
  return success(addAttribute, call.version, { uid, attribute: added });
};
