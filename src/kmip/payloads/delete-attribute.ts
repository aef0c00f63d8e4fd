import { isStandardName, isVendorName } from '../attributes/attribute-name.ts';
import { readAttributeReference, writeRequestedName } from '../attributes/attribute-reference.ts';
import type { NewAttribute } from '../attributes/attribute-set.ts';
import type { TtlvValue } from '../attributes/value.ts';
import { KmipFailure } from '../failure.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import { definePayload } from './define.ts';
import { readInteger, writeInteger } from './optional.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import {
  readCurrentAttribute,
  readToldAttribute,
  writeCurrentAttribute,
  writeToldAttribute,
} from './single-attribute.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Delete Attribute (KMIP 1.4 §4.16, 2.1 §6.1.13). */
export interface DeleteAttributeRequest {
  readonly uid: UidReference;
  /** As `AttributeName` has it, or any other that a client thinks of. */
  readonly name: string;
  /** 1.x: which instance; 0 where the request does not say. */
  readonly index?: number | undefined;
  /** 2.x: which instance; absent: every one. */
  readonly value?: TtlvValue | undefined;
}

export interface DeleteAttributeResponse {
  readonly uid: string;
  /** What was deleted; told in 1.x, where it is required. */
  readonly attribute?: NewAttribute | undefined;
}

export const deleteAttribute: PayloadCodec<DeleteAttributeRequest, DeleteAttributeResponse> =
  definePayload({
    operation: OPERATION.deleteAttribute,
    name: 'Delete Attribute',
    since: 10,
    readRequest(reader, version): DeleteAttributeRequest {
      const uid = readUidReference(reader, version);
      if (isVersion2(version)) return { uid, ...readWhich(reader, version) };
      const name = reader.text(TAG.attributeName);
      return { uid, name, index: readInteger(reader, TAG.attributeIndex) ?? 0 };
    },
    writeRequest(writer, request: DeleteAttributeRequest, version) {
      writeUidReference(writer, request.uid, version);
      if (isVersion2(version)) {
        writeWhich(writer, request, version);
      } else {
        writer.text(TAG.attributeName, request.name);
        writeInteger(writer, TAG.attributeIndex, request.index);
      }
    },
    readResponse(reader, version): DeleteAttributeResponse {
      return {
        uid: reader.text(TAG.uniqueIdentifier),
        attribute: readToldAttribute(reader, version),
      };
    },
    writeResponse(writer, { uid, attribute }: DeleteAttributeResponse, version) {
      writer.text(TAG.uniqueIdentifier, uid);
      writeToldAttribute(writer, attribute, version);
    },
  });

function readWhich(
  reader: TtlvReader,
  version: KmipVersion,
): Pick<DeleteAttributeRequest, 'name' | 'value'> {
  const current = readCurrentAttribute(reader, version);
  if (current !== undefined) return { name: current.name, value: current.value };
  if (!reader.has(TAG.attributeReference)) {
    throw new KmipFailure('missingData', 'there is no attribute');
  }
  return { name: readAttributeReference(reader) };
}

function writeWhich(
  writer: TtlvWriter,
  { name, value }: DeleteAttributeRequest,
  version: KmipVersion,
): void {
  if (value === undefined) {
    writeRequestedName(writer, name, version);
  } else if (isStandardName(name) || isVendorName(name)) {
    writeCurrentAttribute(writer, { name, value }, version);
  }
}
