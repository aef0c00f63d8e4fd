import type { NewAttribute } from '../attributes/attribute-set.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { definePayload } from './define.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import { readNewAttribute, writeNewAttribute } from './single-attribute.ts';
import { readUidResponse, writeUidResponse, type UidResponse } from './uid-only.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Set Attribute (KMIP 2.1 §6.1.51). */
export interface SetAttributeRequest {
  readonly uid: UidReference;
  readonly attribute: NewAttribute;
}

export type SetAttributeResponse = UidResponse;

export const setAttribute: PayloadCodec<SetAttributeRequest, SetAttributeResponse> = definePayload({
  operation: OPERATION.setAttribute,
  name: 'Set Attribute',
  since: 20,
  readRequest(reader, version) {
    return {
      uid: readUidReference(reader, version),
      attribute: readNewAttribute(reader, version),
    };
  },
  writeRequest(writer, { uid, attribute }, version) {
    writeUidReference(writer, uid, version);
    writeNewAttribute(writer, attribute, version);
  },
  readResponse: readUidResponse,
  writeResponse: writeUidResponse,
});
