import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import { definePayload } from './define.ts';
import {
  objectTypeOf,
  readManagedObject,
  writeManagedObject,
  type ManagedObject,
  type ReadManagedObject,
} from './managed-object.ts';
import { readEnumeration, readItem, writeEnumeration, writeItem } from './optional.ts';
import type { PayloadCodec, UidReference } from './payload-codec.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** Get (KMIP 1.4 §4.11, 2.1 §6.1.19). */
export interface GetRequest {
  readonly uid: UidReference;
  /** Key Format Type enumeration; absent: as it is. */
  readonly keyFormatType?: number | undefined;
  /** Key Wrap Type enumeration (1.4). */
  readonly keyWrapType?: number | undefined;
  readonly keyCompressionType?: number | undefined;
  /** The whole Key Wrapping Specification item, a view: the client wants the key wrapped by another one. */
  readonly keyWrappingSpecification?: Uint8Array | undefined;
}

export interface GetResponse<Object = ManagedObject> {
  readonly uid: string;
  readonly object: Object;
}

/** A response as it is read: its key material is a view into the message. */
export type ReadGetResponse = GetResponse<ReadManagedObject>;

export const get: PayloadCodec<GetRequest, GetResponse, GetRequest, ReadGetResponse> =
  definePayload({
    operation: OPERATION.get,
    name: 'Get',
    since: 10,
    readRequest(reader, version): GetRequest {
      return {
        uid: readUidReference(reader, version),
        keyFormatType: readEnumeration(reader, TAG.keyFormatType),
        keyWrapType: version < 14 ? undefined : readEnumeration(reader, TAG.keyWrapType),
        keyCompressionType: readEnumeration(reader, TAG.keyCompressionType),
        keyWrappingSpecification: readItem(reader, TAG.keyWrappingSpecification),
      };
    },
    writeRequest(writer, request: GetRequest, version) {
      writeUidReference(writer, request.uid, version);
      writeEnumeration(writer, TAG.keyFormatType, request.keyFormatType);
      if (version >= 14) writeEnumeration(writer, TAG.keyWrapType, request.keyWrapType);
      writeEnumeration(writer, TAG.keyCompressionType, request.keyCompressionType);
      writeItem(writer, request.keyWrappingSpecification);
    },
    readResponse(reader, version): ReadGetResponse {
      // Said by the object as well.
      reader.enumeration(TAG.objectType);
      const uid = reader.text(TAG.uniqueIdentifier);
      return { uid, object: readManagedObject(reader, version, 'response') };
    },
    writeResponse(writer, { uid, object }: GetResponse, version) {
      writer.enumeration(TAG.objectType, objectTypeOf(object));
      writer.text(TAG.uniqueIdentifier, uid);
      writeManagedObject(writer, object, version);
    },
  });
