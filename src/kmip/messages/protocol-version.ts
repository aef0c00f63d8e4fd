import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';

/** A protocol version as a peer names it: any, also one that is not spoken here. */
export interface NamedVersion {
  readonly major: number;
  readonly minor: number;
}

/** Reads a Protocol Version structure (KMIP 1.4 §6.1). */
export function readNamedVersion(reader: TtlvReader): NamedVersion {
  reader.enter(TAG.protocolVersion);
  const version = {
    major: reader.integer(TAG.protocolVersionMajor),
    minor: reader.integer(TAG.protocolVersionMinor),
  };
  reader.leave();
  return version;
}

export function writeNamedVersion(writer: TtlvWriter, { major, minor }: NamedVersion): void {
  writer.begin(TAG.protocolVersion);
  writer.integer(TAG.protocolVersionMajor, major);
  writer.integer(TAG.protocolVersionMinor, minor);
  writer.end();
}

/** The two numbers of a version that is spoken here. */
export function namedVersion(version: KmipVersion): NamedVersion {
  return { major: Math.floor(version / 10), minor: version % 10 };
}
