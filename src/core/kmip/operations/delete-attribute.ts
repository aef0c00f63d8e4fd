import type { AttributeName } from '../../../kmip/attributes/attribute-name.ts';
import type { Attribute, AttributeSet } from '../../../kmip/attributes/attribute-set.ts';
import { sameValue } from '../../../kmip/attributes/value.ts';
import { valueIn } from '../../../kmip/attributes/version-gate.ts';
import { KmipFailure } from '../../../kmip/failure.ts';
import {
  deleteAttribute,
  type DeleteAttributeRequest,
} from '../../../kmip/payloads/delete-attribute.ts';
import { requireChange, stageChange } from '../attribute-changes.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/** Delete Attribute (KMIP 1.4 §4.16, 2.1 §6.1.13): one value, or in 2.x all of an attribute. */
export const deleteKeyAttribute: CoreOperation = (call) => {
  const { version } = call;
  const request = decodePayload(deleteAttribute, call);
  const { key, uid } = findKey(request.uid, call);
  const name = requireChange(key, { operation: 'delete', name: request.name }, call);
  const instances = instancesOf(key.attributes, name, request);
  const changed = instances.reduce(
    (set, instance) => set.without(name, instance.index),
    key.attributes,
  );
  stageChange(key, name, changed, call);
  // A value that came with a later version cannot be told in this one.
  const told = instances.find(({ value }) => valueIn(name, value, version) !== undefined);
  return success(deleteAttribute, version, { uid, attribute: told });
};

function instancesOf(
  attributes: AttributeSet,
  name: AttributeName,
  { index, value }: DeleteAttributeRequest,
): readonly Attribute[] {
  const found = attributes
    .all(name)
    .filter(
      (instance) =>
        (index === undefined || instance.index === index) &&
        (value === undefined || sameValue(instance.value, value)),
    );
  if (found.length > 0) return found;
  throw new KmipFailure('attributeInstanceNotFound', 'the object has no such value');
}
