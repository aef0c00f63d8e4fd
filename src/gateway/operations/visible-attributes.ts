import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { isInternalName } from '../../kmip/attributes/internal-names.ts';
import { OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import type { LocalKey } from '../keys/local-keys.ts';
import type { FreshKeys } from './fresh-keys.ts';

/**
 * The attributes of a key as a client may see them: those that are stored, and Fresh. What a version does not know, its
 * codec leaves out.
 */
export function visibleAttributes({ attributes, row }: LocalKey, fresh: FreshKeys): AttributeSet {
  const value = fresh.has(row.uid);
  const all = attributes.with('Fresh', { type: 'boolean', value });
  // An opaque object has no state (KMIP 1.4 §3.22).
  const isStateless = row.objectType === OBJECT_TYPE.opaqueObject;
  const isHidden = (name: string): boolean =>
    isInternalName(name) || (isStateless && name === 'State');
  return all.names().some(isHidden)
    ? AttributeSet.of([...all].filter(({ name }) => !isHidden(name)))
    : all;
}
