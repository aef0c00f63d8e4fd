import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { digestAttribute } from '../../kmip/attributes/build.ts';
import { isInternalName } from '../../kmip/attributes/internal-names.ts';
import { HASHING_ALGORITHM, OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import type { CoreKey } from '../keys/core-key.ts';
import { effectiveState, withState } from '../keys/lifecycle.ts';

/**
 * The attributes of an object as a client may see them at `now` (seconds since 1970): those that are stored, with its state
 * of now, its digest, and Fresh, of which nothing is known here. What a version does not know, its codec leaves out.
 */
export function visibleAttributes(key: CoreKey, now: number): AttributeSet {
  const { objectType, digest } = key;
  let attributes = withState(key.attributes, effectiveState(key, now));
  // An opaque object has none (KMIP 1.4 §3.22).
  if (objectType === OBJECT_TYPE.opaqueObject) attributes = attributes.without('State');
  if (digest !== undefined && !attributes.has('Digest')) {
    const format = attributes.enumeration('Key Format Type');
    const { name, value } = digestAttribute(digest, HASHING_ALGORITHM.sha256, format);
    attributes = attributes.with(name, value);
  }
  attributes = attributes.with('Fresh', { type: 'boolean', value: false });
  return AttributeSet.of([...attributes].filter(({ name }) => !isInternalName(name)));
}
