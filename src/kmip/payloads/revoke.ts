import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { definePayload } from './define.ts';
import { readDate, readText, writeDate, writeText } from './optional.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import { readUidResponse, writeUidResponse, type UidResponse } from './uid-only.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Revoke (KMIP 1.4 §4.20, 2.1 §6.1.44). */
export interface RevokeRequest {
  readonly uid: UidReference;
  /** Revocation Reason Code enumeration. */
  readonly reasonCode: number;
  readonly reasonMessage?: string | undefined;
  /** Seconds since 1970. */
  readonly compromiseOccurrenceDate?: bigint | undefined;
}

export type RevokeResponse = UidResponse;

export const revoke: PayloadCodec<RevokeRequest, RevokeResponse> = definePayload({
  operation: OPERATION.revoke,
  name: 'Revoke',
  since: 10,
  readRequest(reader, version): RevokeRequest {
    const uid = readUidReference(reader, version);
    reader.enter(TAG.revocationReason);
    const reasonCode = reader.enumeration(TAG.revocationReasonCode);
    const reasonMessage = readText(reader, TAG.revocationMessage);
    reader.leave();
    return {
      uid,
      reasonCode,
      reasonMessage,
      compromiseOccurrenceDate: readDate(reader, TAG.compromiseOccurrenceDate),
    };
  },
  writeRequest(writer, request: RevokeRequest, version) {
    writeUidReference(writer, request.uid, version);
    writer.begin(TAG.revocationReason);
    writer.enumeration(TAG.revocationReasonCode, request.reasonCode);
    writeText(writer, TAG.revocationMessage, request.reasonMessage);
    writer.end();
    writeDate(writer, TAG.compromiseOccurrenceDate, request.compromiseOccurrenceDate);
  },
  readResponse: readUidResponse,
  writeResponse: writeUidResponse,
});
