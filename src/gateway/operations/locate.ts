import type { ItemResult } from '../../kmip/engine/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { locate, type LocateRequest } from '../../kmip/payloads/locate.ts';
import { isWithoutAnswer } from '../delegate/delegate-failure.ts';
import { isKeyState } from '../keys/key-state.ts';
import type { LocatedKeys } from '../keys/local-keys.ts';
import { locateByCore, type CoreLocated } from './located-by-core.ts';
import { isWanted, locateHere } from './located-here.ts';
import { mergeLocated } from './merge-located.ts';
import {
  decodePayload,
  success,
  type LocalOperation,
  type OperationCall,
  type OperationParts,
} from './operation.ts';
import { relayed } from './pass-on.ts';

/** Identifiers in one answer. */
const MOST_ANSWERED = 1000;

/** Keys beyond which the two lists are not merged: the vault's alone is answered then, which is all that were made here. */
const MOST_MERGED = 4096;

interface Located {
  /** From the offset on, at most as many as were asked for. */
  readonly uids: readonly string[];
  /** Undefined: too many to be counted. */
  readonly total: number | undefined;
}

/**
 * Locate (KMIP 1.4 §4.9, 2.1 §6.1.27): the keys of the vault, and while the link stands those that only the Core knows. An
 * only one is the ID Placeholder. Where the vault has too many to count them, Located Items is left out, as §4.9 allows.
 */
export const locateKeys: LocalOperation = async (call, parts) => {
  const request = decodePayload(locate, call);
  if (request.objectGroupMember !== undefined) {
    throw new KmipFailure('featureNotSupported', 'object groups have no default members');
  }
  const found = parts.delegate.isCut
    ? await locateAlone(request, call, parts)
    : await locateTogether(request, call, parts);
  if ('kind' in found) return found;
  const { uids, total } = found;
  const [only] = uids;
  const response = { locatedItems: total, uids };
  return success(locate, call.version, response, uids.length === 1 ? only : undefined);
};

/** What the vault knows. */
async function locateAlone(
  request: LocateRequest,
  { client }: OperationCall,
  parts: OperationParts,
): Promise<Located> {
  const { keys, total } = await locateHere(request, rangeOf(request), client, parts);
  return { uids: keys.map(({ row }) => row.uid), total };
}

/** What vault and Core know; the Core's refusal as the answer of the item. */
async function locateTogether(
  request: LocateRequest,
  call: OperationCall,
  parts: OperationParts,
): Promise<Located | ItemResult> {
  const here = await locateHere(request, { offset: 0, limit: MOST_MERGED }, call.client, parts);
  const tooMany = here.total === undefined || here.total > MOST_MERGED;
  const byCore = tooMany ? undefined : await askCore(request, call, parts);
  if (byCore === undefined || ('more' in byCore && byCore.more)) {
    return await locateAlone(request, call, parts);
  }
  return 'kind' in byCore ? byCore : await merge(request, here, byCore, call, parts);
}

/** What the Core finds; undefined when it cannot be asked; its refusal as the answer of the item. */
async function askCore(
  request: LocateRequest,
  call: OperationCall,
  parts: OperationParts,
): Promise<CoreLocated | ItemResult | undefined> {
  try {
    const byCore = await locateByCore(request, MOST_MERGED, call, parts);
    return 'refused' in byCore ? relayed(byCore.refused) : byCore;
  } catch (error) {
    // The link broke under the question: then this is a cut like any other.
    if (isWithoutAnswer(error)) return undefined;
    throw error;
  }
}

async function merge(
  request: LocateRequest,
  here: LocatedKeys,
  byCore: CoreLocated,
  { client }: OperationCall,
  { keys, delegate }: OperationParts,
): Promise<Located> {
  const { offset, limit } = rangeOf(request);
  const state = request.filters.enumeration('State');
  const uids = await mergeLocated({
    here: here.keys,
    byCore: byCore.uids,
    state: state !== undefined && isKeyState(state) ? state : undefined,
    find: (uid) => keys.find(uid, client),
    isPending: (uid) => delegate.isPending(uid),
    isWanted: (key) => isWanted(key, request),
  });
  return { uids: uids.slice(offset, offset + limit), total: uids.length };
}

function rangeOf({ maximumItems = MOST_ANSWERED, offsetItems = 0 }: LocateRequest): {
  readonly offset: number;
  readonly limit: number;
} {
  return { offset: offsetItems, limit: Math.min(maximumItems, MOST_ANSWERED) };
}
