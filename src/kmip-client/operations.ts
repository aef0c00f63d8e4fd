import { AttributeSet, type NewAttribute } from '../kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../kmip/attributes/build.ts';
import { namedVersion } from '../kmip/messages/protocol-version.ts';
import { activate as activateCodec } from '../kmip/payloads/activate.ts';
import {
  check as checkCodec,
  type CheckedUse,
  type CheckResponse,
} from '../kmip/payloads/check.ts';
import { create as createCodec, type CreateResponse } from '../kmip/payloads/create.ts';
import { destroy as destroyCodec } from '../kmip/payloads/destroy.ts';
import { discoverVersions as discoverVersionsCodec } from '../kmip/payloads/discover-versions.ts';
import { getAttributeList as getAttributeListCodec } from '../kmip/payloads/get-attribute-list.ts';
import { getAttributes as getAttributesCodec } from '../kmip/payloads/get-attributes.ts';
import { get as getCodec } from '../kmip/payloads/get.ts';
import { locate as locateCodec, type LocateResponse } from '../kmip/payloads/locate.ts';
import {
  objectTypeOf,
  type ManagedObject,
  type ReadManagedObject,
} from '../kmip/payloads/managed-object.ts';
import type { UidReference } from '../kmip/payloads/payload-codec.ts';
import { query as queryCodec, type QueryResponse } from '../kmip/payloads/query.ts';
import { register as registerCodec } from '../kmip/payloads/register.ts';
import { revoke as revokeCodec } from '../kmip/payloads/revoke.ts';
import {
  CRYPTOGRAPHIC_ALGORITHM,
  KEY_FORMAT_TYPE,
  OBJECT_TYPE,
  SECRET_DATA_TYPE,
} from '../kmip/tables/enumerations.ts';
import { kmipVersion, type KmipVersion } from '../kmip/version.ts';
import { operation, type Operation } from './operation.ts';

/** A Unique Identifier; absent: the ID Placeholder, which an earlier item of the batch has set (KMIP 1.4 §6.4). */
export type Target = string | undefined;

/** What a new object is to have. */
export interface NewObject {
  /** Cryptographic Usage Mask. */
  readonly usageMask: number;
  /** Cryptographic Algorithm enumeration; default: AES. */
  readonly algorithm?: number | undefined;
  readonly names?: readonly string[] | undefined;
  readonly attributes?: Iterable<NewAttribute> | undefined;
}

/** A symmetric key to be made by the server. */
export interface NewKey extends NewObject {
  /** Bits. */
  readonly length: number;
}

/** A secret to be kept by the server. `material` stays the caller's. */
export interface NewSecret extends NewObject {
  readonly kind: ManagedObject['kind'];
  readonly material: Uint8Array;
  /** Secret Data Type enumeration; default: Password. */
  readonly secretDataType?: number | undefined;
}

/** An object as Get returns it. The caller owns `material` and wipes it. */
export interface KeyObject {
  readonly uid: string;
  /** Object Type enumeration. */
  readonly objectType: number;
  readonly material: Uint8Array;
  /** Key Format Type enumeration; absent for an opaque object. */
  readonly keyFormatType?: number | undefined;
  /** Cryptographic Algorithm enumeration, when the server says it. */
  readonly algorithm?: number | undefined;
  /** Bits, when the server says it. */
  readonly length?: number | undefined;
}

export interface Search {
  readonly filters?: Iterable<NewAttribute> | undefined;
  readonly maximumItems?: number | undefined;
  readonly offsetItems?: number | undefined;
}

export interface Revocation {
  /** Revocation Reason Code enumeration. */
  readonly reason: number;
  readonly message?: string | undefined;
  /** Seconds since 1970. */
  readonly compromiseOccurrenceDate?: bigint | undefined;
}

export function create(key: NewKey): Operation<CreateResponse> {
  const attributes = newAttributes(key, [
    {
      name: 'Cryptographic Algorithm',
      value: { type: 'enumeration', value: key.algorithm ?? CRYPTOGRAPHIC_ALGORITHM.aes },
    },
    { name: 'Cryptographic Length', value: { type: 'integer', value: key.length } },
  ]);
  return operation(createCodec, { objectType: OBJECT_TYPE.symmetricKey, attributes }, same);
}

export function get(uid: Target, keyFormatType?: number): Operation<KeyObject> {
  return operation(getCodec, { uid: reference(uid), keyFormatType }, ({ uid: found, object }) => ({
    uid: found,
    objectType: objectTypeOf(object),
    ...ownMaterial(object),
  }));
}

/** A copy of the key material, with what is said of it. */
function ownMaterial(object: ReadManagedObject): Omit<KeyObject, 'uid' | 'objectType'> {
  if (object.kind === 'opaque-object') return { material: Uint8Array.from(object.value) };
  const { keyMaterial, keyFormatType, cryptographicAlgorithm, cryptographicLength } =
    object.keyBlock;
  return {
    material: Uint8Array.from(keyMaterial),
    keyFormatType,
    algorithm: cryptographicAlgorithm,
    length: cryptographicLength,
  };
}

export function register(secret: NewSecret): Operation<string> {
  const attributes = newAttributes(secret, []);
  return operation(registerCodec, { attributes, object: managedObject(secret) }, uidOf);
}

function managedObject(secret: NewSecret): ManagedObject {
  const { kind, material, algorithm = CRYPTOGRAPHIC_ALGORITHM.aes } = secret;
  switch (kind) {
    case 'opaque-object':
      return { kind, opaqueDataType: OPAQUE_DATA, value: material };
    case 'secret-data':
      return {
        kind,
        secretDataType: secret.secretDataType ?? SECRET_DATA_TYPE.password,
        keyBlock: {
          keyFormatType: KEY_FORMAT_TYPE.opaque,
          keyMaterial: material,
          attributes: AttributeSet.empty,
        },
      };
    case 'symmetric-key':
      return {
        kind,
        keyBlock: {
          keyFormatType: KEY_FORMAT_TYPE.raw,
          keyMaterial: material,
          attributes: AttributeSet.empty,
          cryptographicAlgorithm: algorithm,
          cryptographicLength: material.byteLength * 8,
        },
      };
  }
}

/** The specification names no Opaque Data Type; extensions begin here. */
const OPAQUE_DATA = 0x8000_0001;

export function locate({ filters = [], ...page }: Search): Operation<LocateResponse> {
  return operation(locateCodec, { ...page, filters: AttributeSet.of(filters) }, same);
}

/** No names ask for all attributes. */
export function getAttributes(uid: Target, names: readonly string[] = []): Operation<AttributeSet> {
  return operation(
    getAttributesCodec,
    { uid: reference(uid), names },
    ({ attributes }) => attributes,
  );
}

export function getAttributeList(uid: Target): Operation<readonly string[]> {
  return operation(getAttributeListCodec, { uid: reference(uid) }, ({ names }) => names);
}

export function activate(uid: Target): Operation<string> {
  return operation(activateCodec, { uid: reference(uid) }, uidOf);
}

export function revoke(uid: Target, { reason, message, ...rest }: Revocation): Operation<string> {
  const request = { uid: reference(uid), reasonCode: reason, reasonMessage: message, ...rest };
  return operation(revokeCodec, request, uidOf);
}

export function destroy(uid: Target): Operation<string> {
  return operation(destroyCodec, { uid: reference(uid) }, uidOf);
}

/** Query Function enumerations. */
export function query(functions: readonly number[]): Operation<QueryResponse> {
  return operation(queryCodec, { functions }, same);
}

/** What the answer has of the use that was asked for is what the key does not allow. */
export function check(uid: Target, use: CheckedUse): Operation<CheckResponse> {
  return operation(checkCodec, { uid: reference(uid), ...use }, same);
}

/** The versions that the server speaks, of those asked for, in its order; ones we do not know are left out. */
export function discoverVersions(
  versions: readonly KmipVersion[] = [],
): Operation<readonly KmipVersion[]> {
  return operation(
    discoverVersionsCodec,
    { versions: versions.map(namedVersion) },
    ({ versions: answered }) =>
      answered.flatMap(({ major, minor }) => kmipVersion(major, minor) ?? []),
  );
}

function reference(uid: Target): UidReference {
  return uid === undefined ? { kind: 'placeholder' } : { kind: 'text', uid };
}

function newAttributes(
  { usageMask, names = [], attributes = [] }: NewObject,
  first: readonly NewAttribute[],
): AttributeSet {
  return AttributeSet.of([
    ...first,
    { name: 'Cryptographic Usage Mask', value: { type: 'integer', value: usageMask } },
    ...names.map((name) => nameAttribute(name)),
    ...attributes,
  ]);
}

function same<T>(response: T): T {
  return response;
}

function uidOf({ uid }: { readonly uid: string }): string {
  return uid;
}
