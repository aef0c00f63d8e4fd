import { query, type QueryResponse } from '../../kmip/payloads/query.ts';
import type { TtlvField, TtlvValue } from '../../kmip/attributes/value.ts';
import {
  CRYPTOGRAPHIC_ALGORITHM,
  DESTROY_ACTION,
  DRBG_ALGORITHM,
  OBJECT_TYPE,
  QUERY_FUNCTION,
  RNG_ALGORITHM,
  RNG_MODE,
  SHREDDING_ALGORITHM,
  UNWRAP_MODE,
} from '../../kmip/tables/enumerations.ts';
import { enumerationFacts, livesIn, tagFacts } from '../../kmip/tables/look-up.ts';
import { PROTECTION_STORAGE_MASK } from '../../kmip/tables/masks.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { isVersion2, type KmipVersion } from '../../kmip/version.ts';
import { decodePayload, success, type LocalOperation } from './operation.ts';

/**
 * Query (KMIP 1.4 §4.25, 2.1 §6.1.37), answered here for this Gateway and the Core behind it, whether or not that can be
 * reached. `operations` are the Operation enumerations of both. Functions that nothing is said to (namespaces, extensions,
 * attestation, profiles, validations, registration, defaults) are answered with nothing, which clients take for `none`;
 * nothing is claimed about validations, since that is the operator's module and certificate to name.
 */
export function queryServer(operations: readonly number[]): LocalOperation {
  return (call, { productVersion }) => {
    const { version } = call;
    const asked = new Set(decodePayload(query, call).functions);
    const response: QueryResponse = {
      operations: asked.has(QUERY_FUNCTION.queryOperations)
        ? operations.filter((operation) => isIn(TAG.operation, operation, version))
        : [],
      objectTypes: asked.has(QUERY_FUNCTION.queryObjects) ? OBJECT_TYPES : [],
      ...(asked.has(QUERY_FUNCTION.queryServerInformation) && server(productVersion, version)),
      applicationNamespaces: [],
      further: FURTHER.filter(([queryFunction]) => asked.has(queryFunction)).map(([, answer]) =>
        fieldsIn(answer, version),
      ),
    };
    return Promise.resolve(success(query, version, response));
  };
}

const OBJECT_TYPES = [
  OBJECT_TYPE.symmetricKey,
  OBJECT_TYPE.secretData,
  OBJECT_TYPE.opaqueObject,
] as const;

/** 1.x leaves the structure to vendors, so that no client can read ours; 2.0 gave it fields. */
function server(
  productVersion: string,
  version: KmipVersion,
): Pick<QueryResponse, 'vendorIdentification' | 'serverInformation'> {
  return {
    vendorIdentification: `crypto-broker ${productVersion}`,
    ...(isVersion2(version) && {
      serverInformation: [
        field(TAG.serverVersion, { type: 'textString', value: productVersion }),
        field(TAG.productName, { type: 'textString', value: 'Krypton Gateway' }),
      ],
    }),
  };
}

/** What follows the namespaces, in the specification's order, with the function that asks for it. */
const FURTHER: readonly (readonly [number, TtlvField])[] = [
  [
    QUERY_FUNCTION.queryRngs,
    structure(TAG.rngParameters, [
      enumeration(TAG.rngAlgorithm, RNG_ALGORITHM.drbg),
      enumeration(TAG.cryptographicAlgorithm, CRYPTOGRAPHIC_ALGORITHM.aes),
      field(TAG.cryptographicLength, { type: 'integer', value: 256 }),
      enumeration(TAG.drbgAlgorithm, DRBG_ALGORITHM.ctr),
    ]),
  ],
  [
    QUERY_FUNCTION.queryCapabilities,
    structure(TAG.capabilityInformation, [
      boolean(TAG.streamingCapability, false),
      boolean(TAG.asynchronousCapability, false),
      boolean(TAG.attestationCapability, false),
      boolean(TAG.batchUndoCapability, false),
      boolean(TAG.batchContinueCapability, true),
      enumeration(TAG.unwrapMode, UNWRAP_MODE.unspecified),
      enumeration(TAG.destroyAction, DESTROY_ACTION.keyMaterialShredded),
      enumeration(TAG.shreddingAlgorithm, SHREDDING_ALGORITHM.unspecified),
      enumeration(TAG.rngMode, RNG_MODE.sharedInstantiation),
    ]),
  ],
  [
    QUERY_FUNCTION.queryStorageProtectionMasks,
    structure(TAG.protectionStorageMasks, [
      field(TAG.protectionStorageMask, {
        type: 'integer',
        value: PROTECTION_STORAGE_MASK.software,
      }),
    ]),
  ],
];

/** A structure without the fields that came later than itself. */
function fieldsIn(answer: TtlvField, version: KmipVersion): TtlvField {
  const { tag, value } = answer;
  if (value.type !== 'structure') return answer;
  const fields = value.fields.filter((part) => {
    const facts = tagFacts(part.tag);
    return facts !== undefined && livesIn(facts, version);
  });
  return { tag, value: { type: 'structure', fields } };
}

function isIn(tag: number, value: number, version: KmipVersion): boolean {
  const facts = enumerationFacts(tag, value);
  return facts !== undefined && livesIn(facts, version);
}

function field(tag: number, value: TtlvValue): TtlvField {
  return { tag, value };
}

function structure(tag: number, fields: readonly TtlvField[]): TtlvField {
  return field(tag, { type: 'structure', fields });
}

function enumeration(tag: number, value: number): TtlvField {
  return field(tag, { type: 'enumeration', value });
}

function boolean(tag: number, value: boolean): TtlvField {
  return field(tag, { type: 'boolean', value });
}
