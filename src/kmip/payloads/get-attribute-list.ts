import { readAttributeNames, writeAttributeNames } from '../attributes/attribute-reference.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { definePayload } from './define.ts';
import type { PayloadCodec } from './payload-codec.ts';
import { readUidRequest, writeUidRequest, type UidRequest } from './uid-only.ts';

/** Get Attribute List (KMIP 1.4 §4.13, 2.1 §6.1.21). */
export type GetAttributeListRequest = UidRequest;

export interface GetAttributeListResponse {
  readonly uid: string;
  /** Every name once; those that the version does not know are not sent. */
  readonly names: readonly string[];
}

export const getAttributeList: PayloadCodec<GetAttributeListRequest, GetAttributeListResponse> =
  definePayload({
    operation: OPERATION.getAttributeList,
    name: 'Get Attribute List',
    since: 10,
    readRequest: readUidRequest,
    writeRequest: writeUidRequest,
    readResponse(reader, version) {
      return {
        uid: reader.text(TAG.uniqueIdentifier),
        names: readAttributeNames(reader, version),
      };
    },
    writeResponse(writer, { uid, names }, version) {
      writer.text(TAG.uniqueIdentifier, uid);
      writeAttributeNames(writer, names, version);
    },
  });
