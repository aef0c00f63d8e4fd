import { KmipFailure } from '../../kmip/failure.ts';
import { locate, type LocateRequest } from '../../kmip/payloads/locate.ts';
import { TtlvReader } from '../../kmip/ttlv/reader.ts';
import { isVersion2 } from '../../kmip/version.ts';
import type { CoreAnswer } from '../delegate/core-answer.ts';
import { outcomeUnknown } from '../delegate/delegate-failure.ts';
import type { OperationCall, OperationParts } from './operation.ts';

/** What the Core finds. */
export interface CoreLocated {
  readonly uids: readonly string[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

const PAGE = 1000;

/**
 * Asks the Core with the same filters, for at most `limit` identifiers. In the newest version of the client's family, since
 * the older ones cannot page. A refusal of the Core is passed on as it came.
 */
export async function locateByCore(
  request: LocateRequest,
  limit: number,
  { item, context, client, version, name }: OperationCall,
  { delegate }: Pick<OperationParts, 'delegate'>,
): Promise<CoreLocated | { readonly refused: CoreAnswer }> {
  const asked = isVersion2(version) ? 21 : 14;
  const deadline = delegate.deadline(client, context.deadline);
  const uids: string[] = [];
  for (;;) {
    const maximumItems = Math.min(PAGE, limit - uids.length);
    const page: LocateRequest = { ...request, maximumItems, offsetItems: uids.length };
    const answer = await delegate.ask({
      ...{ operation: item.operation, name, version: asked, client, deadline },
      payload: (writer) => {
        locate.encodeRequest(writer, page, asked);
      },
      // Keys that were made here and are not known there yet would be missing.
      after: uids.length === 0 ? 'everything' : 'nothing',
      scope: context.scope,
    });
    if (!answer.succeeded || answer.payload === undefined) return { refused: answer };
    const found = readUids(answer.payload, asked);
    uids.push(...found.slice(0, maximumItems));
    if (found.length < maximumItems) return { uids, more: false };
    if (uids.length >= limit) return { uids, more: true };
  }
}

function readUids(payload: Uint8Array, version: 14 | 21): readonly string[] {
  try {
    return locate.decodeResponse(new TtlvReader(payload), version).uids;
  } catch (error) {
    if (error instanceof KmipFailure) throw outcomeUnknown(error);
    throw error;
  }
}
