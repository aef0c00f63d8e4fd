import type { AttributeSet } from '../attributes/attribute-set.ts';
import { readTemplate, skipTemplate, writeTemplate } from '../attributes/template.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { definePayload } from './define.ts';
import { readStorageMasks, writeStorageMasks } from './protection-storage-masks.ts';
import type { PayloadCodec } from './payload-codec.ts';

/** Create (KMIP 1.4 §4.1, 2.1 §6.1.8). */
export interface CreateRequest {
  /** Object Type enumeration. */
  readonly objectType: number;
  readonly attributes: AttributeSet;
  /** Protection Storage Masks (2.x), in order of preference. */
  readonly storageMasks?: readonly number[] | undefined;
}

export interface CreateResponse {
  readonly objectType: number;
  readonly uid: string;
}

export const create: PayloadCodec<CreateRequest, CreateResponse> = definePayload({
  operation: OPERATION.create,
  name: 'Create',
  since: 10,
  readRequest(reader, version) {
    return {
      objectType: reader.enumeration(TAG.objectType),
      attributes: readTemplate(reader, version),
      storageMasks: readStorageMasks(reader, version),
    };
  },
  writeRequest(writer, { objectType, attributes, storageMasks }, version) {
    writer.enumeration(TAG.objectType, objectType);
    writeTemplate(writer, attributes, version);
    writeStorageMasks(writer, storageMasks, version);
  },
  readResponse(reader, version) {
    const response = {
      objectType: reader.enumeration(TAG.objectType),
      uid: reader.text(TAG.uniqueIdentifier),
    };
    skipTemplate(reader, version);
    return response;
  },
  writeResponse(writer, { objectType, uid }) {
    writer.enumeration(TAG.objectType, objectType);
    writer.text(TAG.uniqueIdentifier, uid);
  },
});
