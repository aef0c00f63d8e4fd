import { withoutUnasked } from '../../kmip/attributes/unasked.ts';
import { getAttributes } from '../../kmip/payloads/get-attributes.ts';
import { findKey } from './find-key.ts';
import { decodePayload, success, type LocalOperation } from './operation.ts';
import { readElsewhere, relayed } from './pass-on.ts';
import { visibleAttributes } from './visible-attributes.ts';

/**
 * Get Attributes (KMIP 1.4 §4.12, 2.1 §6.1.19). Names that the object does not have are left out without a word: vCenter asks
 * for attributes it only sets later, and databases ask for State in every state, also of what is destroyed.
 */
export const getKeyAttributes: LocalOperation = async (call, parts) => {
  const { uid, names } = decodePayload(getAttributes, call);
  const found = await findKey(uid, call, parts);
  if (found.where === 'elsewhere') return relayed(await readElsewhere(found.uid, call, parts));
  const all = visibleAttributes(found.key, parts.fresh);
  const attributes = names.length === 0 ? withoutUnasked(all, call.version) : all.select(names);
  return success(getAttributes, call.version, { uid: found.uid, attributes });
};
