import type { DataKeys } from '../../../crypto/provider.ts';
import { AttributeSet } from '../../../kmip/attributes/attribute-set.ts';
import { SECRET_DATA_TYPE_NAME } from '../../../kmip/attributes/internal-names.ts';
import { KmipFailure } from '../../../kmip/failure.ts';
import { get, type GetRequest } from '../../../kmip/payloads/get.ts';
import type { ManagedObject } from '../../../kmip/payloads/managed-object.ts';
import {
  KEY_FORMAT_TYPE,
  KEY_WRAP_TYPE,
  OBJECT_TYPE,
  SECRET_DATA_TYPE,
} from '../../../kmip/tables/enumerations.ts';
import type { CoreKey } from '../../keys/core-key.ts';
import type { KeyWork } from '../../keys/key-work.ts';
import { effectiveState } from '../../keys/lifecycle.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { requireUsable } from '../usable-state.ts';

/** Get (KMIP 1.4 §4.11, 2.1 §6.1.19) of an escrowed object. The asking Gateway gets it for its vault, too. */
export const getKey: CoreOperation = (call, { provider }) => {
  const { work, version } = call;
  const request = decodePayload(get, call);
  requireUnwrapped(request);
  const { key, uid } = findKey(request.uid, call);
  requireUsable(effectiveState(key, work.now), work.policy);
  requireFormat(request, key);
  requireReadable(key);
  const material = readMaterial(key, work, provider.dataKeys);
  work.cacheAtGateway(key.uid);
  return success(get, version, { uid, object: managedObject(key, material) }, () => {
    material.fill(0);
  });
};

function requireUnwrapped(request: GetRequest): void {
  const { keyCompressionType, keyWrapType, keyWrappingSpecification } = request;
  if (keyCompressionType !== undefined) {
    throw new KmipFailure('keyCompressionNotSupported', 'there is no key compression');
  }
  // As Registered is not wrapped either: wrapped keys are not taken.
  const plain = keyWrapType === undefined || WRAP_TYPES.has(keyWrapType);
  if (keyWrappingSpecification !== undefined || !plain) {
    throw new KmipFailure('keyWrapNotSupported', 'keys are not wrapped by other keys');
  }
}

const WRAP_TYPES: ReadonlySet<number> = new Set([
  KEY_WRAP_TYPE.notWrapped,
  KEY_WRAP_TYPE.asRegistered,
]);

/** Objects are given in the format in which they came; bytes are bytes, so Raw is possible for all of them. */
function requireFormat({ keyFormatType }: GetRequest, key: CoreKey): void {
  if (
    keyFormatType === undefined ||
    keyFormatType === KEY_FORMAT_TYPE.raw ||
    keyFormatType === formatOf(key)
  ) {
    return;
  }
  throw new KmipFailure('keyFormatNotSupported', 'the key format is not supported');
}

/** Keys are raw, whatever a client has called them. */
function formatOf({ attributes, objectType }: CoreKey): number {
  if (objectType !== OBJECT_TYPE.secretData) return KEY_FORMAT_TYPE.raw;
  return attributes.enumeration('Key Format Type') ?? KEY_FORMAT_TYPE.raw;
}

/** Sensitive keys leave only wrapped, and those that are not extractable never (KMIP 1.4 §3.48, §3.50). */
function requireReadable({ attributes }: CoreKey): void {
  if (attributes.boolean('Sensitive') === true) {
    throw new KmipFailure('sensitive', 'the object is sensitive');
  }
  if (attributes.boolean('Extractable') === false) {
    throw new KmipFailure('notExtractable', 'the object is not extractable');
  }
}

/** The key bytes, to be wiped. */
function readMaterial(key: CoreKey, work: KeyWork, dataKeys: DataKeys): Uint8Array {
  const opened = work.open(key);
  // A wrapped form is always longer than what it holds.
  const target = new Uint8Array(opened.row.wrapped.byteLength);
  const length = dataKeys.read(opened.key, opened.row, opened.header, target, 0);
  return target.subarray(0, length);
}

function managedObject(key: CoreKey, material: Uint8Array): ManagedObject {
  const { attributes, objectType } = key;
  switch (objectType) {
    case OBJECT_TYPE.opaqueObject:
      return {
        kind: 'opaque-object',
        opaqueDataType: attributes.enumeration('Opaque Data Type') ?? 0,
        value: material,
      };
    case OBJECT_TYPE.secretData:
      return {
        kind: 'secret-data',
        secretDataType: attributes.enumeration(SECRET_DATA_TYPE_NAME) ?? SECRET_DATA_TYPE.password,
        keyBlock: {
          keyFormatType: formatOf(key),
          keyMaterial: material,
          attributes: AttributeSet.empty,
        },
      };
    default:
      return {
        kind: 'symmetric-key',
        keyBlock: {
          keyFormatType: KEY_FORMAT_TYPE.raw,
          keyMaterial: material,
          attributes: AttributeSet.empty,
          cryptographicAlgorithm: attributes.enumeration('Cryptographic Algorithm'),
          cryptographicLength:
            attributes.integer('Cryptographic Length') ?? material.byteLength * 8,
        },
      };
  }
}
