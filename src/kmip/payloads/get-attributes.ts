import { readAttributeList, writeAttributeList } from '../attributes/attribute-list.ts';
import { readAttributeNames, writeRequestedName } from '../attributes/attribute-reference.ts';
import type { AttributeSet } from '../attributes/attribute-set.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { definePayload } from './define.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Get Attributes (KMIP 1.4 §4.12, 2.1 §6.1.20). */
export interface GetAttributesRequest {
  readonly uid: UidReference;
  /** Names as `AttributeName` has them, and any others; none at all asks for every attribute. */
  readonly names: readonly string[];
}

export interface GetAttributesResponse {
  readonly uid: string;
  readonly attributes: AttributeSet;
}

export const getAttributes: PayloadCodec<GetAttributesRequest, GetAttributesResponse> =
  definePayload({
    operation: OPERATION.getAttributes,
    name: 'Get Attributes',
    since: 10,
    readRequest(reader, version) {
      return {
        uid: readUidReference(reader, version),
        names: readAttributeNames(reader, version),
      };
    },
    writeRequest(writer, { uid, names }, version) {
      writeUidReference(writer, uid, version);
      for (const name of names) writeRequestedName(writer, name, version);
    },
    readResponse(reader, version) {
      return {
        uid: reader.text(TAG.uniqueIdentifier),
        attributes: readAttributeList(reader, version, 'response'),
      };
    },
    writeResponse(writer, { uid, attributes }, version) {
      writer.text(TAG.uniqueIdentifier, uid);
      writeAttributeList(writer, attributes, version);
    },
  });
