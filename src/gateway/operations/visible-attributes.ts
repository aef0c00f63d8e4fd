import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { LocalKey } from '../keys/local-keys.ts';
import type { FreshKeys } from './fresh-keys.ts';

/** The attributes of a key as a client may see them: those that are stored, and Fresh. What a version does not know, its codec leaves out. */
export function visibleAttributes({ attributes, row }: LocalKey, fresh: FreshKeys): AttributeSet {
  const value = fresh.has(row.tenant, row.uid);
  return attributes.with('Fresh', { type: 'boolean', value });
}
