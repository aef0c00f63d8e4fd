import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { isInternalName } from '../../kmip/attributes/internal-names.ts';
import { matches } from '../../kmip/attributes/matches.ts';
import { searchTerms } from '../../kmip/attributes/search-terms.ts';
import type { LocateRequest } from '../../kmip/payloads/locate.ts';
import { STORAGE_STATUS_MASK } from '../../kmip/tables/masks.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';
import { isDestroyed, isKeyState } from '../keys/key-state.ts';
import type { KeyQuery, LocalKey, LocatedKeys } from '../keys/local-keys.ts';
import { lookUp } from './find-key.ts';
import type { OperationParts } from './operation.ts';
import { visibleAttributes } from './visible-attributes.ts';

/** The keys of the vault that fit a Locate request, of those from `offset` on at most `limit`. */
export async function locateHere(
  request: LocateRequest,
  range: Pick<KeyQuery, 'offset' | 'limit'>,
  client: ClientIdentity,
  { keys, fresh }: Pick<OperationParts, 'keys' | 'fresh'>,
): Promise<LocatedKeys> {
  const { filters } = request;
  const fits = (key: LocalKey, wanted: AttributeSet): boolean =>
    isWanted(key, request) && matches(searchable(key, wanted, fresh), wanted);
  const uid = filters.text('Unique Identifier');
  if (uid !== undefined) {
    // Perhaps named in another form than its own, and so not compared by its identifier again.
    const others = filters.without('Unique Identifier', 0);
    const key = await lookUp(uid, client, keys);
    const found = key !== undefined && !key.quarantined && fits(key, others) ? [key] : [];
    return { keys: found.slice(range.offset, range.offset + range.limit), total: found.length };
  }
  const objectType = filters.enumeration('Object Type');
  const state = filters.enumeration('State');
  return await keys.locate(
    {
      terms: searchTerms(filters),
      ...(objectType !== undefined && { objectType }),
      ...(state !== undefined && { states: isKeyState(state) ? [state] : [] }),
      accept: (key) => fits(key, filters),
      ...range,
    },
    client,
  );
}

/**
 * By storage (KMIP 1.4 §9.1.3.3.2): all objects here are on-line. What is destroyed is told to those who ask for it by State
 * or by mask: the clients that list everything want to get it as well.
 */
export function isWanted(
  { state }: Pick<LocalKey, 'state'>,
  { filters, storageStatusMask }: LocateRequest,
): boolean {
  if (isDestroyed(state)) {
    const asked = ((storageStatusMask ?? 0) & STORAGE_STATUS_MASK.destroyedStorage) !== 0;
    return asked || filters.has('State');
  }
  return (
    storageStatusMask === undefined || (storageStatusMask & STORAGE_STATUS_MASK.onLineStorage) !== 0
  );
}

/** What is compared is what a client may see; all of that is put together only where somebody asks for it. */
function searchable(
  key: LocalKey,
  wanted: AttributeSet,
  fresh: OperationParts['fresh'],
): AttributeSet {
  const special = wanted.has('Fresh') || wanted.names().some(isInternalName);
  return special ? visibleAttributes(key, fresh) : key.attributes;
}
