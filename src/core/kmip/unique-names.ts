import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { matches } from '../../kmip/attributes/matches.ts';
import { searchTerms } from '../../kmip/attributes/search-terms.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { KeyWork } from '../keys/key-work.ts';
import { isDestroyed } from '../keys/lifecycle.ts';

/**
 * Where the policy wants Names to be unique (KMIP 1.4 §3.2): refuses those of `attributes` that an object other than
 * `ownUid` has which is not destroyed. KmipFailure nonUniqueName.
 */
export function requireUniqueNames(
  attributes: AttributeSet,
  ownUid: string | undefined,
  work: Pick<KeyWork, 'policy' | 'locate'>,
): void {
  if (!work.policy.uniqueNames) return;
  for (const { name, value } of attributes.all('Name')) {
    const filter = AttributeSet.of([{ name, value }]);
    const { total } = work.locate({
      terms: searchTerms(filter),
      accept: (key) =>
        key.uid !== ownUid && !isDestroyed(key.state) && matches(key.attributes, filter),
      offset: 0,
      limit: 1,
    });
    if (total > 0) throw new KmipFailure('nonUniqueName', 'another object has this name');
  }
}
