import type { WrappedDataKey } from '../../crypto/provider.ts';
import { Escrow } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { AttributeName } from '../../kmip/attributes/attribute-name.ts';
import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { TtlvValue } from '../../kmip/attributes/value.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import { PROTECTION_STORAGE_MASK } from '../../kmip/tables/masks.ts';
import { KEY_STATE, type CoreKey } from '../keys/core-key.ts';
import type { ActiveServiceKey, KeyWork } from '../keys/key-work.ts';
import { noEscrow } from './failures.ts';
import { requireUniqueNames } from './unique-names.ts';

/** An object to be made. */
export interface NewObject {
  readonly uid: string;
  readonly objectType: number;
  /** What the client wants, checked. */
  readonly attributes: AttributeSet;
  /** What follows from the object itself; counts more than what the client says. */
  readonly facts: readonly (readonly [AttributeName, TtlvValue])[];
}

/**
 * Stages a new object: `wrap` makes or wraps its key under the service key for the header that binds it. The Names
 * of the object `replacedUid` may be taken. KmipFailure generalFailure for services whose keys the Core may not hold, nonUniqueName; what the work on keys throws.
 */
export function insertObject(
  object: NewObject,
  work: KeyWork,
  wrap: (serviceKey: ActiveServiceKey['key'], header: Uint8Array) => WrappedDataKey,
  replacedUid?: string,
): CoreKey {
  requireEscrow(work);
  requireUniqueNames(object.attributes, replacedUid, work);
  const { uid, objectType } = object;
  const attributes = attributesOf(object, work);
  const { serviceKeyId, version, key, headerOf } = work.activeServiceKey();
  const { digest, wrapped, mac } = wrap(key, headerOf(uid, objectType));
  return work.insert({
    ...{ uid, objectType, serviceKeyId, serviceKeyVersion: version },
    state: stateOf(objectType, attributes, work.now),
    ...{ escrow: { wrapped, mac }, digest, attributes },
  });
}

/** Refuses to make what could be given to nobody. */
function requireEscrow({ policy }: Pick<KeyWork, 'policy'>): void {
  if (policy.l4Escrow === Escrow.ESCROW_NONE) throw noEscrow();
}

/** Objects are kept by software (KMIP 2.1 §7.33). KmipFailure protectionStorageUnavailable when the client wants others. */
export function requireSoftwareStorage(storageMasks: readonly number[] | undefined): void {
  if (storageMasks?.every((mask) => (mask & PROTECTION_STORAGE_MASK.software) === 0) === true) {
    throw new KmipFailure('protectionStorageUnavailable', 'keys are kept by software here');
  }
}

/** All attributes of a new object, those first that a server must set (KMIP 1.4 §3). */
function attributesOf(
  { uid, objectType, attributes, facts }: NewObject,
  work: KeyWork,
): AttributeSet {
  const now: TtlvValue = { type: 'dateTime', value: BigInt(Math.floor(work.now)) };
  const activation = activationOf(objectType, attributes, work);
  const sensitive = attributes.boolean('Sensitive') ?? false;
  const extractable = attributes.boolean('Extractable') ?? true;
  const ours: readonly (readonly [AttributeName, TtlvValue])[] = [
    ['Unique Identifier', { type: 'textString', value: uid }],
    ['Object Type', { type: 'enumeration', value: objectType }],
    ...facts,
    ['Initial Date', now],
    ['Original Creation Date', attributes.get('Original Creation Date') ?? now],
    ['Last Change Date', now],
    ...(activation === undefined ? [] : [['Activation Date', activation] as const]),
    ['Sensitive', boolean(sensitive)],
    ['Always Sensitive', boolean(sensitive)],
    ['Extractable', boolean(extractable)],
    ['Never Extractable', boolean(!extractable)],
    ...(objectType === OBJECT_TYPE.opaqueObject
      ? []
      : [['Key Value Present', boolean(true)] as const]),
    // 1.x alone knows it; some clients want back what they have set.
    [
      'Operation Policy Name',
      attributes.get('Operation Policy Name') ?? { type: 'textString', value: 'default' },
    ],
  ];
  const set = new Set<string>(ours.map(([name]) => name));
  return AttributeSet.of([
    ...ours.map(([name, value]) => ({ name, value })),
    // Fresh is not kept: what is not known to be fresh, is not.
    ...[...attributes].filter(({ name }) => !set.has(name) && name !== 'Fresh'),
  ]);
}

/** When the client names none, the policy may make the objects of a service active from birth. */
function activationOf(
  objectType: number,
  attributes: AttributeSet,
  { policy, now }: KeyWork,
): TtlvValue | undefined {
  const given = attributes.get('Activation Date');
  if (given !== undefined || !policy.activateOnCreate) return given;
  if (objectType === OBJECT_TYPE.opaqueObject) return undefined;
  return { type: 'dateTime', value: BigInt(Math.floor(now)) };
}

/** An object whose Activation Date has come is born Active (KMIP 1.4 §3.22). */
function stateOf(objectType: number, attributes: AttributeSet, now: number): CoreKey['state'] {
  const activation = attributes.date('Activation Date');
  const isActive = activation !== undefined && activation <= BigInt(Math.floor(now));
  return isActive && objectType !== OBJECT_TYPE.opaqueObject
    ? KEY_STATE.active
    : KEY_STATE.preActive;
}

function boolean(value: boolean): TtlvValue {
  return { type: 'boolean', value };
}
