import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';
import type { UidReference } from './payload-codec.ts';
import { readUidReference, writeUidReference } from './uid.ts';

/** A request that says nothing but which object it is about. */
export interface UidRequest {
  readonly uid: UidReference;
}

/** A response that says nothing but which object it was about. */
export interface UidResponse {
  readonly uid: string;
}

export function readUidRequest(reader: TtlvReader, version: KmipVersion): UidRequest {
  return { uid: readUidReference(reader, version) };
}

export function writeUidRequest(
  writer: TtlvWriter,
  { uid }: UidRequest,
  version: KmipVersion,
): void {
  writeUidReference(writer, uid, version);
}

export function readUidResponse(reader: TtlvReader): UidResponse {
  return { uid: reader.text(TAG.uniqueIdentifier) };
}

export function writeUidResponse(writer: TtlvWriter, { uid }: UidResponse): void {
  writer.text(TAG.uniqueIdentifier, uid);
}
