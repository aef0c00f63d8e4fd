import { withoutUnasked } from '../../../kmip/attributes/unasked.ts';
import { getAttributes } from '../../../kmip/payloads/get-attributes.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { visibleAttributes } from '../visible-attributes.ts';

/** Get Attributes (KMIP 1.4 §4.12, 2.1 §6.1.20). Names that the object does not have are left out without a word. */
export const getKeyAttributes: CoreOperation = (call) => {
  const { uid: reference, names } = decodePayload(getAttributes, call);
  const { key, uid } = findKey(reference, call);
  const all = visibleAttributes(key, call.work.now);
  const attributes = names.length === 0 ? withoutUnasked(all, call.version) : all.select(names);
  return success(getAttributes, call.version, { uid, attributes });
};
