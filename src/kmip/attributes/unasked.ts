import { isVersion2, type KmipVersion } from '../version.ts';
import { AttributeSet } from './attribute-set.ts';

/**
 * What a server knows of every key it made and nobody asks for, by family of versions. A client that decodes strictly and
 * knows fewer attributes than its version has (PyKMIP 0.11) fails on an answer that holds one of these.
 */
const UNASKED: Readonly<Record<'1.0' | '1.x' | '2.x', ReadonlySet<string>>> = {
  // Its Digest has no Key Format Type (1.0 §3.10), which that client insists on.
  '1.0': new Set(['Digest', 'Key Value Present', 'Random Number Generator']),
  '1.x': new Set(['Key Value Present', 'Random Number Generator']),
  '2.x': new Set([
    'Always Sensitive',
    'Extractable',
    'Key Format Type',
    'Key Value Present',
    'Never Extractable',
    'Original Creation Date',
    'Random Number Generator',
  ]),
};

/**
 * The attributes that answer a Get Attributes without names: all but those that clients break on. Asked for by name, and
 * in Get Attribute List, they are there.
 */
export function withoutUnasked(attributes: AttributeSet, version: KmipVersion): AttributeSet {
  const unasked = UNASKED[isVersion2(version) ? '2.x' : version === 10 ? '1.0' : '1.x'];
  return AttributeSet.of([...attributes].filter(({ name }) => !unasked.has(name)));
}
