import type { AttributeSet } from '../attributes/attribute-set.ts';
import { readTemplate, skipTemplate, writeTemplate } from '../attributes/template.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { definePayload } from './define.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { KmipVersion } from '../version.ts';
import { readInterval, writeInterval } from './optional.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import { readStorageMasks, writeStorageMasks } from './protection-storage-masks.ts';
import { readUidResponse, writeUidResponse, type UidResponse } from './uid-only.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Re-key (KMIP 1.4 §4.4, 2.1 §6.1.46). */
export interface ReKeyRequest {
  readonly uid: UidReference;
  /** Seconds between the initial date of the new key and its activation. */
  readonly offset?: number | undefined;
  readonly attributes: AttributeSet;
  /** Protection Storage Masks (2.x), in order of preference. */
  readonly storageMasks?: readonly number[] | undefined;
}

/** Names the new key. */
export type ReKeyResponse = UidResponse;

export const reKey: PayloadCodec<ReKeyRequest, ReKeyResponse> = definePayload({
  operation: OPERATION.reKey,
  name: 'Re-key',
  since: 10,
  readRequest(reader, version): ReKeyRequest {
    return {
      uid: readUidReference(reader, version),
      offset: readInterval(reader, TAG.offset),
      attributes: readAnyTemplate(reader, version),
      storageMasks: readStorageMasks(reader, version),
    };
  },
  writeRequest(writer, request: ReKeyRequest, version) {
    writeUidReference(writer, request.uid, version);
    writeInterval(writer, TAG.offset, request.offset);
    writeTemplate(writer, request.attributes, version);
    writeStorageMasks(writer, request.storageMasks, version);
  },
  readResponse(reader, version): ReKeyResponse {
    const response = readUidResponse(reader);
    skipTemplate(reader, version);
    return response;
  },
  writeResponse: writeUidResponse,
});

/** PyKMIP sends a Template-Attribute here in 2.0 too. */
function readAnyTemplate(reader: TtlvReader, version: KmipVersion): AttributeSet {
  return readTemplate(reader, reader.has(TAG.templateAttribute) ? LAST_WITH_TEMPLATES : version);
}

const LAST_WITH_TEMPLATES: KmipVersion = 14;
