import type { AttributeName } from '../../../kmip/attributes/attribute-name.ts';
import { AttributeSet, type NewAttribute } from '../../../kmip/attributes/attribute-set.ts';
import { linkAttribute } from '../../../kmip/attributes/build.ts';
import { validateClientAttributes } from '../../../kmip/attributes/validate.ts';
import { fieldOf, sameValue, type TtlvValue } from '../../../kmip/attributes/value.ts';
import { KmipFailure } from '../../../kmip/failure.ts';
import { reKey, type ReKeyRequest } from '../../../kmip/payloads/re-key.ts';
import { LINK_TYPE, OBJECT_TYPE } from '../../../kmip/tables/enumerations.ts';
import { TAG } from '../../../kmip/tables/tags.ts';
import { KEY_STATE, type CoreKey } from '../../keys/core-key.ts';
import type { KeyWork } from '../../keys/key-work.ts';
import { effectiveState, isDestroyed } from '../../keys/lifecycle.ts';
import { destroyed, wrongState } from '../failures.ts';
import { findKey } from '../find-key.ts';
import { generatedKeyFacts, requireAesKey } from '../generated-key.ts';
import { requireForeign } from '../internal-attributes.ts';
import { insertObject, requireSoftwareStorage } from '../new-object.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { replacementDates } from '../replacement-dates.ts';

/**
 * Re-key (KMIP 1.4 §4.4, 2.1 §6.1.46): a new key in the place of another. It takes over the Names, each links to the other,
 * and the old one stays in the state it is in.
 */
export const reKeyKey: CoreOperation = (call, { provider, newId }) => {
  const { version, work } = call;
  const request = decodePayload(reKey, call);
  requireSoftwareStorage(request.storageMasks);
  const { key: old } = findKey(request.uid, call);
  requireReplaceable(old, work);
  const { objectType } = old;
  validateClientAttributes(request.attributes, version, { operation: 're-key', objectType });
  requireForeign(request.attributes.names());
  const bits = lengthOf(old, request.attributes);
  const uid = newId();
  const attributes = replacement(old, request, work);
  insertObject(
    { uid, objectType, attributes, facts: generatedKeyFacts(bits) },
    work,
    (serviceKey, header) => provider.dataKeys.create(serviceKey, bits, header),
    old.uid,
  );
  work.setAttributes(old.uid, replaced(old.attributes, uid, work));
  return success(reKey, version, { uid });
};

function requireReplaceable(key: CoreKey, { now }: KeyWork): void {
  if (key.objectType !== OBJECT_TYPE.symmetricKey) {
    throw new KmipFailure('invalidObjectType', 'only symmetric keys can be replaced');
  }
  const state = effectiveState(key, now);
  if (isDestroyed(state)) throw destroyed();
  if (state === KEY_STATE.suspended) throw wrongState('the object is suspended');
}

/** Algorithm and length are the old key's; a request may repeat them. */
function lengthOf({ attributes: old }: CoreKey, wanted: AttributeSet): number {
  for (const name of ['Cryptographic Algorithm', 'Cryptographic Length'] as const) {
    const [is, asked] = [old.get(name), wanted.get(name)];
    if (asked !== undefined && (is === undefined || !sameValue(is, asked))) {
      throw new KmipFailure('invalidAttributeValue', `${name} is not the replaced key's`);
    }
  }
  const length = old.integer('Cryptographic Length') ?? 0;
  requireAesKey(old.enumeration('Cryptographic Algorithm'), length);
  return length;
}

/** The old key's attributes afterwards: its Names are gone, and it says what has replaced it. */
function replaced(old: AttributeSet, newUid: string, { now }: KeyWork): AttributeSet {
  const link = linkAttribute(LINK_TYPE.replacementObjectLink, newUid);
  return AttributeSet.of([...old].filter((attribute) => !isLink(attribute, link.value)))
    .without('Name')
    .with(link.name, link.value)
    .with('Last Change Date', { type: 'dateTime', value: BigInt(Math.floor(now)) });
}

/** A Link of the same type: a key that is replaced again has one replacement, the last. */
function isLink({ name, value }: NewAttribute, like: TtlvValue): boolean {
  const [is, wanted] = [fieldOf(value, TAG.linkType), fieldOf(like, TAG.linkType)];
  return name === 'Link' && is !== undefined && wanted !== undefined && sameValue(is, wanted);
}

/** What the new key is made with (KMIP 1.4 §4.4, Table 175): the old one's, then what the request says. */
function replacement(old: CoreKey, request: ReKeyRequest, { now }: KeyWork): AttributeSet {
  const link = linkAttribute(LINK_TYPE.replacedObjectLink, old.uid);
  const kept = AttributeSet.of([...old.attributes].filter(({ name }) => !OWN.has(name)));
  const begun = [...replacementDates(old.attributes, request.offset, now), link].reduce(
    (set, { name, value }) => set.with(name, value),
    withFullUsageLimits(kept),
  );
  const given = [...request.attributes].filter(
    ({ name, value }) => !begun.all(name).some((other) => sameValue(other.value, value)),
  );
  return begun.withAll(given);
}

/** What belongs to one key alone, and what is set anew. */
const OWN: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'Unique Identifier',
  'Initial Date',
  'Original Creation Date',
  'Last Change Date',
  'State',
  'Digest',
  'Link',
  'Activation Date',
  'Process Start Date',
  'Protect Stop Date',
  'Deactivation Date',
  'Destroy Date',
  'Compromise Date',
  'Compromise Occurrence Date',
  'Revocation Reason',
  'Archive Date',
  'Random Number Generator',
]);

function withFullUsageLimits(attributes: AttributeSet): AttributeSet {
  const limits = attributes.get('Usage Limits');
  if (limits?.type !== 'structure') return attributes;
  const fields = limits.fields.filter(({ tag }) => tag !== TAG.usageLimitsCount);
  return attributes.with('Usage Limits', { type: 'structure', fields });
}
