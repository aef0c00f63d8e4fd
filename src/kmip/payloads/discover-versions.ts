import { KmipFailure } from '../failure.ts';
import {
  readNamedVersion,
  writeNamedVersion,
  type NamedVersion,
} from '../messages/protocol-version.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { definePayload } from './define.ts';
import type { PayloadCodec } from './payload-codec.ts';

/** Discover Versions (KMIP 1.4 §4.26, 2.1 §6.1.16), in order of preference; a request without any asks for all. */
export interface DiscoverVersions {
  readonly versions: readonly NamedVersion[];
}

/** Seven exist. */
const MAXIMUM_VERSIONS = 64;

export const discoverVersions: PayloadCodec<DiscoverVersions, DiscoverVersions> = definePayload({
  operation: OPERATION.discoverVersions,
  name: 'Discover Versions',
  since: 11,
  readRequest: readVersions,
  writeRequest: writeVersions,
  readResponse: readVersions,
  writeResponse: writeVersions,
});

function readVersions(reader: TtlvReader): DiscoverVersions {
  const versions: NamedVersion[] = [];
  while (reader.has(TAG.protocolVersion)) {
    if (versions.length >= MAXIMUM_VERSIONS) {
      throw new KmipFailure('invalidField', 'too many protocol versions');
    }
    versions.push(readNamedVersion(reader));
  }
  return { versions };
}

function writeVersions(writer: TtlvWriter, { versions }: DiscoverVersions): void {
  for (const version of versions) writeNamedVersion(writer, version);
}
