import { readAttributeList, writeFilters } from '../attributes/attribute-list.ts';
import { AttributeSet } from '../attributes/attribute-set.ts';
import { readTemplateFilters } from '../attributes/template.ts';
import { KmipFailure } from '../failure.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import { definePayload } from './define.ts';
import { readEnumeration, readInteger, writeEnumeration, writeInteger } from './optional.ts';
import type { PayloadCodec } from './payload-codec.ts';

/** Locate (KMIP 1.4 §4.9, 2.1 §6.1.28). */
export interface LocateRequest {
  /** At most so many identifiers; not negative. */
  readonly maximumItems?: number | undefined;
  /** So many are passed over first (1.3); not negative. */
  readonly offsetItems?: number | undefined;
  readonly storageStatusMask?: number | undefined;
  /** Object Group Member enumeration (1.1). */
  readonly objectGroupMember?: number | undefined;
  /** What an object must have; two dates of one name are a range, see `matches`. */
  readonly filters: AttributeSet;
}

export interface LocateResponse {
  /** How many there are before Maximum Items and Offset Items (1.3). */
  readonly locatedItems?: number | undefined;
  readonly uids: readonly string[];
}

export const locate: PayloadCodec<LocateRequest, LocateResponse> = definePayload({
  operation: OPERATION.locate,
  name: 'Locate',
  since: 10,
  readRequest(reader, version): LocateRequest {
    return {
      maximumItems: notNegative(readInteger(reader, TAG.maximumItems)),
      offsetItems: version < 13 ? undefined : notNegative(readInteger(reader, TAG.offsetItems)),
      storageStatusMask: readInteger(reader, TAG.storageStatusMask),
      objectGroupMember: version < 11 ? undefined : readEnumeration(reader, TAG.objectGroupMember),
      filters: readFilters(reader, version),
    };
  },
  writeRequest(writer, request: LocateRequest, version) {
    writeInteger(writer, TAG.maximumItems, request.maximumItems);
    if (version >= 13) writeInteger(writer, TAG.offsetItems, request.offsetItems);
    writeInteger(writer, TAG.storageStatusMask, request.storageStatusMask);
    if (version >= 11) {
      writeEnumeration(writer, TAG.objectGroupMember, request.objectGroupMember);
    }
    writeFilters(writer, request.filters, version);
  },
  readResponse(reader, version): LocateResponse {
    const locatedItems = version < 13 ? undefined : readInteger(reader, TAG.locatedItems);
    const uids: string[] = [];
    while (reader.has(TAG.uniqueIdentifier)) uids.push(reader.text(TAG.uniqueIdentifier));
    return { locatedItems, uids };
  },
  writeResponse(writer, { locatedItems, uids }: LocateResponse, version) {
    if (version >= 13) writeInteger(writer, TAG.locatedItems, locatedItems);
    for (const uid of uids) writer.text(TAG.uniqueIdentifier, uid);
  },
});

function readFilters(reader: TtlvReader, version: KmipVersion): AttributeSet {
  const filters =
    !isVersion2(version) && reader.has(TAG.templateAttribute)
      ? AttributeSet.of(readTemplateFilters(reader, version))
      : readAttributeList(reader, version, 'filter');
  for (const name of filters.names()) {
    const values = filters.all(name);
    if (values.length > 2 && values[0]?.value.type === 'dateTime') {
      throw new KmipFailure('invalidField', `${name} is given more than twice`);
    }
  }
  return filters;
}

function notNegative(count: number | undefined): number | undefined {
  if (count !== undefined && count < 0) {
    throw new KmipFailure('invalidField', 'a number of items is negative');
  }
  return count;
}
