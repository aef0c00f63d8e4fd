import type { Attribute, AttributeSet } from '../../../kmip/attributes/attribute-set.ts';
import { sameValue } from '../../../kmip/attributes/value.ts';
import { KmipFailure } from '../../../kmip/failure.ts';
import {
  modifyAttribute,
  type ModifyAttributeRequest,
} from '../../../kmip/payloads/modify-attribute.ts';
import { requireChange, stageChange } from '../attribute-changes.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/** Modify Attribute (KMIP 1.4 §4.15, 2.1 §6.1.34): another value in the place of one that there is. */
export const modifyKeyAttribute: CoreOperation = (call) => {
  const request = decodePayload(modifyAttribute, call);
  const { value } = request.attribute;
  const { key, uid } = findKey(request.uid, call);
  const change = { operation: 'modify', name: request.attribute.name, value } as const;
  const name = requireChange(key, change, call);
  const { index } = instanceOf(key.attributes, request);
  const changed = key.attributes.replace(name, index, value) ?? key.attributes;
  stageChange(key, name, changed, call);
  return success(modifyAttribute, call.version, { uid, attribute: { name, index, value } });
};

/** The instance that is meant: by index in 1.x, by value in 2.x, where an only one need not be named. */
function instanceOf(
  attributes: AttributeSet,
  { attribute, current }: ModifyAttributeRequest,
): Attribute {
  const { name, index } = attribute;
  const instances = attributes.all(name);
  if (current !== undefined && current.name !== name) {
    throw new KmipFailure('invalidField', 'the current attribute is another one');
  }
  if (index === undefined && current === undefined && instances.length > 1) {
    throw new KmipFailure('invalidField', 'which of several values is meant is not said');
  }
  const found = instances.find(
    (instance) =>
      (index === undefined || instance.index === index) &&
      (current === undefined || sameValue(instance.value, current.value)),
  );
  if (found !== undefined) return found;
  throw new KmipFailure('attributeInstanceNotFound', 'the object has no such value');
}
