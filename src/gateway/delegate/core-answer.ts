import {
  TunnelOutcome,
  type TunnelResponse,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { ResponseItem } from '../../kmip/messages/message.ts';
import { decodeResponse } from '../../kmip/messages/response.ts';
import { RESULT_STATUS } from '../../kmip/tables/enumerations.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { DEFAULT_TTLV_LIMITS } from '../../kmip/ttlv/limits.ts';
import { TtlvReader } from '../../kmip/ttlv/reader.ts';
import { TYPE } from '../../kmip/ttlv/types.ts';
import type { KmipVersion } from '../../kmip/version.ts';
import { UPLINK_LIMITS } from '../../uplink-wire/index.ts';

/** The one item that a delegated request is answered with. */
export interface CoreAnswer extends Pick<ResponseItem, 'reason' | 'message' | 'payload'> {
  readonly succeeded: boolean;
  /** Wipes the payload and everything around it: it may hold a key. */
  discard(): void;
}

/** The Core has refused to look at a request at all: nothing was done. */
export class CoreRefusal extends KmipFailure {}

const LIMITS = { ...DEFAULT_TTLV_LIMITS, messageLength: UPLINK_LIMITS.tunnelResponse };

/**
 * Reads the Core's answer to one item of `operation`. CoreRefusal permissionDenied or operationNotSupported; RangeError or KmipFailure invalidMessage when it is no answer to what was asked.
 */
export function readAnswer(
  { outcome, rawResponse }: TunnelResponse,
  operation: number,
  version: KmipVersion,
): CoreAnswer {
  if (outcome === TunnelOutcome.TUNNEL_OUTCOME_DENIED) {
    throw new CoreRefusal('permissionDenied', 'the core does not allow this');
  }
  if (outcome === TunnelOutcome.TUNNEL_OUTCOME_UNSUPPORTED) {
    throw new CoreRefusal('operationNotSupported', 'the core does not support this operation');
  }
  const { header, items } = decodeResponse(rawResponse, LIMITS);
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) throw new RangeError('not one item');
  // Reasons mean other things in the other family of versions.
  if (header.version !== version) throw new RangeError('another protocol version');
  const { status, reason, message, payload } = item;
  const succeeded = status === RESULT_STATUS.success;
  if (!succeeded && status !== RESULT_STATUS.operationFailed) throw new RangeError('no result');
  // A message that fails as a whole names no operation.
  const isOurs = item.operation === operation || (item.operation === undefined && !succeeded);
  if (!isOurs) throw new RangeError('another operation');
  return {
    succeeded,
    ...(reason === undefined ? undefined : { reason }),
    ...(message === undefined ? undefined : { message }),
    ...(payload === undefined ? undefined : { payload }),
    discard: () => {
      rawResponse.fill(0);
    },
  };
}

/** The object a response is about, or the first of those it made: its first Unique Identifier. */
export function uidIn(payload: Uint8Array): string | undefined {
  const reader = new TtlvReader(payload, LIMITS);
  reader.enter(TAG.responsePayload);
  while (!reader.atEnd()) {
    const tag = reader.nextTag();
    const isUid = tag === TAG.uniqueIdentifier || tag === TAG.privateKeyUniqueIdentifier;
    if (isUid && reader.nextType() === TYPE.textString) return reader.text(tag);
    reader.skip();
  }
  return undefined;
}
