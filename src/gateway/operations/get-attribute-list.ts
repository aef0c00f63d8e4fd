import { getAttributeList } from '../../kmip/payloads/get-attribute-list.ts';
import { findKey } from './find-key.ts';
import { decodePayload, success, type LocalOperation } from './operation.ts';
import { readElsewhere, relayed } from './pass-on.ts';
import { visibleAttributes } from './visible-attributes.ts';

/** Get Attribute List (KMIP 1.4 §4.13, 2.1 §6.1.20). */
export const getKeyAttributeList: LocalOperation = async (call, parts) => {
  const { uid } = decodePayload(getAttributeList, call);
  const found = await findKey(uid, call, parts);
  if (found.where === 'elsewhere') return relayed(await readElsewhere(found.uid, call, parts));
  const names = visibleAttributes(found.key, parts.fresh).names();
  return success(getAttributeList, call.version, { uid: found.uid, names });
};
