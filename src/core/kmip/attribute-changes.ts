import type { AttributeName } from '../../kmip/attributes/attribute-name.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import {
  validateAttributeChange,
  validateClientAttributes,
  type AttributeChange,
} from '../../kmip/attributes/validate.ts';
import { valueIn } from '../../kmip/attributes/version-gate.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { KEY_STATE, type CoreKey, type KeyState } from '../keys/core-key.ts';
import { effectiveState, isDestroyed } from '../keys/lifecycle.ts';
import { destroyed, wrongState } from './failures.ts';
import { requireForeign } from './internal-attributes.ts';
import type { OperationCall } from './operation.ts';
import { requireUniqueNames } from './unique-names.ts';
import { visibleAttributes } from './visible-attributes.ts';

/**
 * Checks a change of one attribute against everything that stands against it: the rules of the attribute, what the object
 * is, and the state it is in. Returns the name as one of ours; throws KmipFailure.
 */
export function requireChange(
  key: CoreKey,
  change: AttributeChange,
  { version, work }: OperationCall,
): AttributeName {
  const { now } = work;
  const { operation, value } = change;
  const state = effectiveState(key, now);
  if (isDestroyed(state)) throw destroyed();
  requireForeign([change.name]);
  const visible = visibleAttributes(key, now);
  // Some clients add the policy name that they have been given: it takes the place of the one there is.
  const present =
    operation === 'add' && change.name === POLICY_NAME ? visible.without(POLICY_NAME) : visible;
  const name = validateAttributeChange(present, version, key.objectType, change);
  if (OF_THE_OBJECT.has(name)) {
    throw new KmipFailure('attributeReadOnly', `${name} cannot be set by a client`);
  }
  if (value !== undefined && valueIn(name, value, version) === undefined) {
    throw new KmipFailure('invalidAttributeValue', 'the value is not known in this version');
  }
  requireOpenDate(name, key.attributes, state, now);
  return name;
}

const POLICY_NAME = 'Operation Policy Name';

/** These may come with an object, but say what it is or how it was made. */
const OF_THE_OBJECT: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'Cryptographic Algorithm',
  'Cryptographic Length',
  'Fresh',
  'Key Format Type',
  'Opaque Data Type',
  'Original Creation Date',
  'Random Number Generator',
]);

/** Stages the attributes that a change of `name` leads to, with what follows from it. Throws KmipFailure. */
export function stageChange(
  key: CoreKey,
  name: AttributeName,
  changed: AttributeSet,
  { version, work }: OperationCall,
): void {
  if (DATES.has(name)) {
    const { objectType } = key;
    // The order of the dates is looked at as for a new object.
    validateClientAttributes(changed.select([...DATES]), version, {
      ...{ operation: 'register', objectType },
    });
  }
  if (name === 'Name') requireUniqueNames(changed, key.uid, work);
  const date = { type: 'dateTime', value: BigInt(Math.floor(work.now)) } as const;
  work.setAttributes(key.uid, withHistory(changed).with('Last Change Date', date));
}

const DATES: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'Activation Date',
  'Process Start Date',
  'Protect Stop Date',
  'Deactivation Date',
]);

/** Dates may be moved until they have come (KMIP 1.4 §3.24 to §3.27). */
function requireOpenDate(
  name: AttributeName,
  attributes: AttributeSet,
  state: KeyState,
  now: number,
): void {
  if (!DATES.has(name)) return;
  const { preActive, active } = KEY_STATE;
  const isOpen = state === preActive || (state === active && name !== 'Activation Date');
  const date = attributes.date(name);
  const hasCome = date !== undefined && date <= BigInt(Math.floor(now));
  if (!isOpen || hasCome) throw wrongState(`${name} cannot be changed any more`);
}

/** What was once not sensitive, or extractable, was not always (KMIP 1.4 §3.49, §3.51). */
function withHistory(attributes: AttributeSet): AttributeSet {
  let result = attributes;
  const no = { type: 'boolean', value: false } as const;
  if (attributes.boolean('Sensitive') === false) result = result.with('Always Sensitive', no);
  if (attributes.boolean('Extractable') === true) result = result.with('Never Extractable', no);
  return result;
}
