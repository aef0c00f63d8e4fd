import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { definePayload } from './define.ts';
import { readInteger, readInterval, writeInteger, writeInterval } from './optional.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** What the use of a key is checked against; in a response, what stood against it. */
export interface CheckedUse {
  readonly usageLimitsCount?: bigint | undefined;
  readonly cryptographicUsageMask?: number | undefined;
  /** Seconds. */
  readonly leaseTime?: number | undefined;
}

/** Check (KMIP 1.4 §4.10, 2.1 §6.1.7). */
export interface CheckRequest extends CheckedUse {
  readonly uid: UidReference;
}

export interface CheckResponse extends CheckedUse {
  readonly uid: string;
}

export const check: PayloadCodec<CheckRequest, CheckResponse> = definePayload({
  operation: OPERATION.check,
  name: 'Check',
  since: 10,
  readRequest(reader, version): CheckRequest {
    return { uid: readUidReference(reader, version), ...readUse(reader) };
  },
  writeRequest(writer, request: CheckRequest, version) {
    writeUidReference(writer, request.uid, version);
    writeUse(writer, request);
  },
  readResponse(reader): CheckResponse {
    return { uid: reader.text(TAG.uniqueIdentifier), ...readUse(reader) };
  },
  writeResponse(writer, response: CheckResponse) {
    writer.text(TAG.uniqueIdentifier, response.uid);
    writeUse(writer, response);
  },
});

function readUse(reader: TtlvReader): CheckedUse {
  return {
    usageLimitsCount: reader.has(TAG.usageLimitsCount)
      ? reader.longInteger(TAG.usageLimitsCount)
      : undefined,
    cryptographicUsageMask: readInteger(reader, TAG.cryptographicUsageMask),
    leaseTime: readInterval(reader, TAG.leaseTime),
  };
}

function writeUse(writer: TtlvWriter, use: CheckedUse): void {
  if (use.usageLimitsCount !== undefined) {
    writer.longInteger(TAG.usageLimitsCount, use.usageLimitsCount);
  }
  writeInteger(writer, TAG.cryptographicUsageMask, use.cryptographicUsageMask);
  writeInterval(writer, TAG.leaseTime, use.leaseTime);
}
