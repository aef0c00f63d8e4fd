import { readValue, writeValue, type TtlvField, type TtlvValue } from '../attributes/value.ts';
import { KmipFailure } from '../failure.ts';
import { OPERATION } from '../tables/enumerations.ts';
import { livesIn, tagFacts } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';
import { definePayload } from './define.ts';
import { readText, writeText } from './optional.ts';
import type { PayloadCodec } from './payload-codec.ts';

/** Query (KMIP 1.4 §4.25, 2.1 §6.1.40). */
export interface QueryRequest {
  /** Query Function enumerations; those that a version does not know are answered with nothing. */
  readonly functions: readonly number[];
}

export interface QueryResponse {
  /** Operation enumerations. */
  readonly operations: readonly number[];
  /** Object Type enumerations. */
  readonly objectTypes: readonly number[];
  readonly vendorIdentification?: string | undefined;
  /** Fields of Server Information, which the specification leaves to the vendor. */
  readonly serverInformation?: readonly TtlvField[] | undefined;
  readonly applicationNamespaces: readonly string[];
  /**
   * What follows them, in the order of the specification: Extension Information (1.1), Attestation Type (1.2), RNG
   * Parameters, Profile, Validation and Capability Information, Client Registration Method (1.3), Defaults Information,
   * Protection Storage Masks (2.0). What is newer than the version is not sent.
   */
  readonly further: readonly TtlvField[];
}

/** Functions of one request; 14 exist. */
const MAXIMUM_FUNCTIONS = 64;

/** Entries of each list of a response; a server has some 60 operations. */
const MAXIMUM_ENTRIES = 1024;

export const query: PayloadCodec<QueryRequest, QueryResponse> = definePayload({
  operation: OPERATION.query,
  name: 'Query',
  since: 10,
  readRequest(reader, version) {
    const functions = readEnumerations(reader, TAG.queryFunction, MAXIMUM_FUNCTIONS);
    // Answers do not depend on the groups that 2.1 may name.
    if (version >= 21 && reader.has(TAG.objectGroups)) reader.skip();
    return { functions };
  },
  writeRequest(writer, { functions }) {
    writeEnumerations(writer, TAG.queryFunction, functions);
  },
  readResponse(reader): QueryResponse {
    return {
      operations: readEnumerations(reader, TAG.operation, MAXIMUM_ENTRIES),
      objectTypes: readEnumerations(reader, TAG.objectType, MAXIMUM_ENTRIES),
      vendorIdentification: readText(reader, TAG.vendorIdentification),
      serverInformation: readServerInformation(reader),
      applicationNamespaces: readNamespaces(reader),
      further: readFurther(reader),
    };
  },
  writeResponse(writer, response: QueryResponse, version) {
    writeEnumerations(writer, TAG.operation, response.operations);
    writeEnumerations(writer, TAG.objectType, response.objectTypes);
    writeText(writer, TAG.vendorIdentification, response.vendorIdentification);
    if (response.serverInformation !== undefined) {
      const fields = response.serverInformation;
      writeValue(writer, TAG.serverInformation, { type: 'structure', fields });
    }
    for (const namespace of response.applicationNamespaces) {
      writer.text(TAG.applicationNamespace, namespace);
    }
    for (const { tag, value } of response.further) {
      if (isTagIn(tag, version)) writeValue(writer, tag, valueIn(value, version));
    }
  },
});

function readEnumerations(reader: TtlvReader, tag: number, maximum: number): number[] {
  const values: number[] = [];
  while (reader.has(tag)) {
    values.push(reader.enumeration(tag));
    checkCount(values, maximum);
  }
  return values;
}

function writeEnumerations(writer: TtlvWriter, tag: number, values: readonly number[]): void {
  for (const value of values) writer.enumeration(tag, value);
}

function readServerInformation(reader: TtlvReader): readonly TtlvField[] | undefined {
  if (!reader.has(TAG.serverInformation)) return undefined;
  const value = readValue(reader, TAG.serverInformation);
  return value.type === 'structure' ? value.fields : [{ tag: TAG.serverInformation, value }];
}

function readNamespaces(reader: TtlvReader): string[] {
  const namespaces: string[] = [];
  while (reader.has(TAG.applicationNamespace)) {
    namespaces.push(reader.text(TAG.applicationNamespace));
    checkCount(namespaces, MAXIMUM_ENTRIES);
  }
  return namespaces;
}

function readFurther(reader: TtlvReader): TtlvField[] {
  const further: TtlvField[] = [];
  while (!reader.atEnd()) {
    const tag = reader.nextTag();
    further.push({ tag, value: readValue(reader, tag) });
    checkCount(further, MAXIMUM_ENTRIES);
  }
  return further;
}

function checkCount(list: readonly unknown[], maximum: number): void {
  if (list.length > maximum) {
    throw new KmipFailure('invalidField', `a list has more than ${maximum} entries`);
  }
}

/** Capability Information, for one, has got new fields since. */
function valueIn(value: TtlvValue, version: KmipVersion): TtlvValue {
  if (value.type !== 'structure') return value;
  const fields = value.fields.filter((field) => isTagIn(field.tag, version));
  return { type: 'structure', fields };
}

/** Tags of nobody's version are extensions, which a server answers to whoever asked for them. */
function isTagIn(tag: number, version: KmipVersion): boolean {
  const facts = tagFacts(tag);
  return facts === undefined || livesIn(facts, version);
}
