import { matches } from '../../../kmip/attributes/matches.ts';
import { searchTerms } from '../../../kmip/attributes/search-terms.ts';
import { KmipFailure } from '../../../kmip/failure.ts';
import { locate, type LocateRequest } from '../../../kmip/payloads/locate.ts';
import { STORAGE_STATUS_MASK } from '../../../kmip/tables/masks.ts';
import type { CoreKey } from '../../keys/core-key.ts';
import type { KeyWork, LocatedCoreKeys } from '../../keys/key-work.ts';
import { isDestroyed } from '../../keys/lifecycle.ts';
import { lookUp } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { visibleAttributes } from '../visible-attributes.ts';

/** Identifiers in one answer. */
const MOST_ANSWERED = 1000;

/** Locate (KMIP 1.4 §4.9, 2.1 §6.1.28) among the objects of the client's service, in the order the Core learned of them. */
export const locateKeys: CoreOperation = (call) => {
  const { work, record, version } = call;
  const request = decodePayload(locate, call);
  if (request.objectGroupMember !== undefined) {
    throw new KmipFailure('featureNotSupported', 'object groups have no default members');
  }
  const { keys, total } = located(request, work);
  const uids = keys.map(({ uid }) => uid);
  if (uids.length === 1) record.uid = uids[0] ?? '';
  return success(locate, version, { locatedItems: total, uids });
};

function located(request: LocateRequest, work: KeyWork): LocatedCoreKeys {
  const { filters, offsetItems: offset = 0, maximumItems = MOST_ANSWERED } = request;
  const limit = Math.min(maximumItems, MOST_ANSWERED);
  const accept = (key: CoreKey): boolean =>
    isWanted(key, request) && matches(visibleAttributes(key, work.now), filters);
  const uid = filters.text('Unique Identifier');
  if (uid !== undefined) {
    const key = lookUp(uid, work);
    const found = key !== undefined && isNamed(key, request, work) ? [key] : [];
    return { keys: found.slice(offset, offset + limit), total: found.length };
  }
  const objectType = filters.enumeration('Object Type');
  return work.locate({
    terms: searchTerms(filters),
    ...(objectType !== undefined && { objectType }),
    ...{ accept, offset, limit },
  });
}

/** A key that was named, perhaps in another form than its own, and so is not compared by its identifier. */
function isNamed(key: CoreKey, request: LocateRequest, { now }: KeyWork): boolean {
  const others = request.filters.without('Unique Identifier', 0);
  return isWanted(key, request) && matches(visibleAttributes(key, now), others);
}

/**
 * By storage (KMIP 1.4 §9.1.3.3.2): all objects here are on-line. What is destroyed is told to those who ask for it by State
 * or by mask: the clients that list everything want to get it as well.
 */
function isWanted({ state }: CoreKey, { filters, storageStatusMask }: LocateRequest): boolean {
  if (isDestroyed(state)) {
    const asked = ((storageStatusMask ?? 0) & STORAGE_STATUS_MASK.destroyedStorage) !== 0;
    return asked || filters.has('State');
  }
  return (
    storageStatusMask === undefined || (storageStatusMask & STORAGE_STATUS_MASK.onLineStorage) !== 0
  );
}
