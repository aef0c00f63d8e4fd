import type { AttributeSet } from '../attributes/attribute-set.ts';
import { readTemplate, skipTemplate, writeTemplate } from '../attributes/template.ts';
import { KmipFailure } from '../failure.ts';
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
import type { PayloadCodec } from './payload-codec.ts';
import { readStorageMasks, writeStorageMasks } from './protection-storage-masks.ts';
import { readUidResponse, writeUidResponse, type UidResponse } from './uid-only.ts';

/** Register (KMIP 1.4 §4.3, 2.1 §6.1.43). Its Object Type is the object's. */
export interface RegisterRequest<Object = ManagedObject> {
  readonly attributes: AttributeSet;
  readonly object: Object;
  /** Protection Storage Masks (2.x), in order of preference. */
  readonly storageMasks?: readonly number[] | undefined;
}

/** A request as it is read: its key material is a view into the message, which its owner wipes. */
export type ReadRegisterRequest = RegisterRequest<ReadManagedObject>;

export type RegisterResponse = UidResponse;

export const register: PayloadCodec<RegisterRequest, RegisterResponse, ReadRegisterRequest> =
  definePayload({
    operation: OPERATION.register,
    name: 'Register',
    since: 10,
    readRequest(reader, version): ReadRegisterRequest {
      const objectType = reader.enumeration(TAG.objectType);
      const attributes = readTemplate(reader, version);
      const object = readManagedObject(reader, version, 'object');
      if (objectTypeOf(object) !== objectType) {
        throw new KmipFailure('invalidField', 'the object is not of the object type');
      }
      return { attributes, object, storageMasks: readStorageMasks(reader, version) };
    },
    writeRequest(writer, { attributes, object, storageMasks }: RegisterRequest, version) {
      writer.enumeration(TAG.objectType, objectTypeOf(object));
      writeTemplate(writer, attributes, version);
      writeManagedObject(writer, object, version);
      writeStorageMasks(writer, storageMasks, version);
    },
    readResponse(reader, version): RegisterResponse {
      const response = readUidResponse(reader);
      skipTemplate(reader, version);
      return response;
    },
    writeResponse: writeUidResponse,
  });
