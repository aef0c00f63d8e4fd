import type { NewAttribute } from '../attributes/attribute-set.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { definePayload } from './define.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import {
  readNewAttribute,
  readToldAttribute,
  writeNewAttribute,
  writeToldAttribute,
} from './single-attribute.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Add Attribute (KMIP 1.4 §4.14, 2.1 §6.1.2). */
export interface AddAttributeRequest {
  readonly uid: UidReference;
  /** An index, if it has one, says nothing: the server counts. */
  readonly attribute: NewAttribute;
}

export interface AddAttributeResponse {
  readonly uid: string;
  /** What was added, with its index; told in 1.x, where it is required. */
  readonly attribute?: NewAttribute | undefined;
}

export const addAttribute: PayloadCodec<AddAttributeRequest, AddAttributeResponse> = definePayload({
  operation: OPERATION.addAttribute,
  name: 'Add Attribute',
  since: 10,
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
  readResponse(reader, version): AddAttributeResponse {
    return {
      uid: reader.text(TAG.uniqueIdentifier),
      attribute: readToldAttribute(reader, version),
    };
  },
  writeResponse(writer, { uid, attribute }: AddAttributeResponse, version) {
    writer.text(TAG.uniqueIdentifier, uid);
    writeToldAttribute(writer, attribute, version);
  },
});
