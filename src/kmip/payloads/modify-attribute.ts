import type { NewAttribute } from '../attributes/attribute-set.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { isVersion2 } from '../version.ts';
import { definePayload } from './define.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import {
  readCurrentAttribute,
  readNewAttribute,
  readToldAttribute,
  writeCurrentAttribute,
  writeNewAttribute,
  writeToldAttribute,
} from './single-attribute.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Modify Attribute (KMIP 1.4 §4.15, 2.1 §6.1.34). */
export interface ModifyAttributeRequest {
  readonly uid: UidReference;
  /** 2.x: the instance that is to change, by its value; 1.x names it by the index of `attribute`. */
  readonly current?: NewAttribute | undefined;
  /** The new value; its index is there in 1.x. */
  readonly attribute: NewAttribute;
}

export interface ModifyAttributeResponse {
  readonly uid: string;
  /** The new value; told in 1.x, where it is required. */
  readonly attribute?: NewAttribute | undefined;
}

export const modifyAttribute: PayloadCodec<ModifyAttributeRequest, ModifyAttributeResponse> =
  definePayload({
    operation: OPERATION.modifyAttribute,
    name: 'Modify Attribute',
    since: 10,
    readRequest(reader, version): ModifyAttributeRequest {
      const uid = readUidReference(reader, version);
      const current = readCurrentAttribute(reader, version);
      const attribute = readNewAttribute(reader, version);
      return isVersion2(version)
        ? { uid, current, attribute }
        : { uid, attribute: { index: 0, ...attribute } };
    },
    writeRequest(writer, { uid, current, attribute }: ModifyAttributeRequest, version) {
      writeUidReference(writer, uid, version);
      writeCurrentAttribute(writer, current, version);
      writeNewAttribute(writer, attribute, version);
    },
    readResponse(reader, version): ModifyAttributeResponse {
      return {
        uid: reader.text(TAG.uniqueIdentifier),
        attribute: readToldAttribute(reader, version),
      };
    },
    writeResponse(writer, { uid, attribute }: ModifyAttributeResponse, version) {
      writer.text(TAG.uniqueIdentifier, uid);
      writeToldAttribute(writer, attribute, version);
    },
  });
