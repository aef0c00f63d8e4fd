import { KmipFailure, type Failure } from '../failure.ts';
import { CRYPTOGRAPHIC_ALGORITHM } from '../tables/enumerations.ts';
import type { AttributeFacts } from '../tables/facts.ts';
import { enumerationFacts, maskFacts } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import type { KmipVersion } from '../version.ts';
import {
  attributeFacts,
  isNameIn,
  isStandardName,
  isVendorName,
  type AttributeName,
} from './attribute-name.ts';
import type { AttributeSet } from './attribute-set.ts';
import { ATTRIBUTE_LIMITS } from './limits.ts';
import { fieldOf, type TtlvValue } from './value.ts';

/** What the attributes are to become. */
export interface ClientAttributesContext {
  readonly operation: 'create' | 'register' | 're-key';
  /** Object Type enumeration of the object. */
  readonly objectType: number;
}

/**
 * Checks the attributes with which a client wants an object made or registered: that a client may set each of them, that
 * objects of this type have it, that it is not given more often than it can be, and that its value is possible. Create needs
 * algorithm, length and usage mask. What the server offers (algorithms, types) is not checked here. Throws KmipFailure.
 */
export function validateClientAttributes(
  attributes: AttributeSet,
  version: KmipVersion,
  { operation, objectType }: ClientAttributesContext,
): void {
  for (const name of attributes.names()) {
    const facts = checkSettable(name, version);
    if (facts !== undefined) {
      checkObjectType(facts, objectType);
      if (!facts.multiple && attributes.all(name).length > 1) throw singleValued(name);
    }
  }
  for (const { name, value } of attributes) checkValue(name, value);
  checkDates(attributes);
  checkKeyLength(attributes);
  if (operation === 'create') checkCreate(attributes);
}

/** What a client wants to do with one attribute of an object. */
export interface AttributeChange {
  readonly operation: 'add' | 'modify' | 'set' | 'delete';
  /** As the request has it. */
  readonly name: string;
  /** Absent for `delete`. */
  readonly value?: TtlvValue | undefined;
}

/**
 * Checks Add, Modify, Set and Delete Attribute against an object's attributes: that the attribute exists in this version,
 * that a client may change it so, and that its value is possible. What the object's state forbids is not checked here.
 * Returns the name as one of ours; throws KmipFailure.
 */
export function validateAttributeChange(
  attributes: AttributeSet,
  version: KmipVersion,
  objectType: number,
  { operation, name, value }: AttributeChange,
): AttributeName {
  if (!(isStandardName(name) || isVendorName(name)) || !isNameIn(name, version)) {
    throw operation === 'delete'
      ? new KmipFailure('attributeNotFound', 'the object has no such attribute')
      : new KmipFailure('unsupportedAttribute', 'an attribute is not known in this version');
  }
  const facts = attributeFacts(name);
  const present = attributes.has(name);
  if (name.startsWith('y-') || (facts !== undefined && !isAllowed(facts, operation, present))) {
    throw readOnly(name);
  }
  if (facts !== undefined) checkObjectType(facts, objectType);
  if (!present && (operation === 'modify' || operation === 'delete')) {
    throw new KmipFailure('attributeNotFound', `the object has no ${name}`);
  }
  if (present && operation === 'add' && facts?.multiple === false) throw singleValued(name);
  if (operation === 'set' && facts?.multiple !== false) {
    // Which instance is meant cannot be said (2.1 §6.1.51).
    throw new KmipFailure('invalidAttribute', `${name} can have several values`);
  }
  if (operation === 'add' && attributes.size >= ATTRIBUTE_LIMITS.count) {
    throw new KmipFailure('serverLimitExceeded', 'the object has too many attributes');
  }
  if (value !== undefined) checkValue(name, value);
  return name;
}

function isAllowed(
  facts: AttributeFacts,
  operation: AttributeChange['operation'],
  present: boolean,
): boolean {
  switch (operation) {
    case 'add':
      return facts.givenByClient;
    case 'set':
      return present ? facts.modifiableByClient : facts.givenByClient;
    case 'modify':
      return facts.modifiableByClient;
    case 'delete':
      return facts.deletableByClient;
  }
}

/** The facts of an attribute that a client may give a value; undefined for vendor attributes. */
function checkSettable(name: AttributeName, version: KmipVersion): AttributeFacts | undefined {
  if (!isNameIn(name, version)) {
    throw new KmipFailure('unsupportedAttribute', 'an attribute is not known in this version');
  }
  const facts = attributeFacts(name);
  // Custom attributes beginning with `y-` are the server's (1.4 §3.39, 2.1 §4.60).
  const settable = facts === undefined ? !name.startsWith('y-') : facts.givenByClient;
  if (!settable) throw readOnly(name);
  return facts;
}

function checkObjectType({ name, objectTypes }: AttributeFacts, objectType: number): void {
  if (objectTypes !== 'all' && !objectTypes.includes(objectType)) {
    throw new KmipFailure('invalidAttribute', `objects of this type have no ${name}`);
  }
}

/** The rules of single values; their types and fields were checked when they were read. */
function checkValue(name: AttributeName, value: TtlvValue): void {
  switch (name) {
    case 'Name':
      checkText(name, fieldOf(value, TAG.nameValue));
      checkKnown(name, TAG.nameType, fieldOf(value, TAG.nameType));
      break;
    case 'Alternative Name':
      checkText(name, fieldOf(value, TAG.alternativeNameValue));
      break;
    case 'Object Group':
      checkText(name, value);
      break;
    case 'Cryptographic Length':
      if (value.type === 'integer' && value.value <= 0) throw impossible(name);
      break;
    case 'Cryptographic Usage Mask':
      if (value.type === 'integer' && (value.value & ~USAGE_BITS) !== 0) throw impossible(name);
      break;
    case 'Usage Limits': {
      const total = fieldOf(value, TAG.usageLimitsTotal);
      if (total?.type === 'longInteger' && total.value <= 0n) throw impossible(name);
      break;
    }
    default: {
      const tag = attributeFacts(name)?.tag;
      if (tag !== undefined) checkKnown(name, tag, value);
    }
  }
}

/** Bits that some version has. Those that the client's own does not have yet are taken, but not told to it. */
const USAGE_BITS = (maskFacts(TAG.cryptographicUsageMask) ?? []).reduce(
  (bits, { value }) => bits | value,
  0,
);

/** Values of enumerations from here on are extensions (1.4 §9.1.3.2). */
const EXTENSIONS = 0x8000_0000;

function checkKnown(name: AttributeName, tag: number, value: TtlvValue | undefined): void {
  if (value?.type !== 'enumeration' || value.value >= EXTENSIONS) return;
  if (enumerationFacts(tag, value.value) === undefined) throw impossible(name);
}

function checkText(name: AttributeName, value: TtlvValue | undefined): void {
  const length = value?.type === 'textString' ? value.value.length : 0;
  if (length === 0 || length > ATTRIBUTE_LIMITS.nameValueLength) throw impossible(name);
}

/** A key cannot end before it begins (1.4 §3.24 to §3.27). */
function checkDates(attributes: AttributeSet): void {
  const activation = attributes.date('Activation Date');
  const deactivation = attributes.date('Deactivation Date');
  if (activation !== undefined && deactivation !== undefined && deactivation < activation) {
    throw impossible('Deactivation Date');
  }
  const start = attributes.date('Process Start Date');
  if (start !== undefined && activation !== undefined && start < activation) {
    throw impossible('Process Start Date');
  }
  const stop = attributes.date('Protect Stop Date');
  if (stop !== undefined && deactivation !== undefined && stop > deactivation) {
    throw impossible('Protect Stop Date');
  }
}

const AES_LENGTHS: readonly number[] = [128, 192, 256];

function checkKeyLength(attributes: AttributeSet): void {
  const length = attributes.integer('Cryptographic Length');
  const isAes = attributes.enumeration('Cryptographic Algorithm') === CRYPTOGRAPHIC_ALGORITHM.aes;
  if (isAes && length !== undefined && !AES_LENGTHS.includes(length)) {
    throw impossible('Cryptographic Length');
  }
}

/** Required of Create (1.4 §4.1); a key nobody may use for anything is not made. */
function checkCreate(attributes: AttributeSet): void {
  for (const name of REQUIRED_OF_CREATE) {
    if (!attributes.has(name)) throw new KmipFailure('invalidAttributeValue', `${name} is missing`);
  }
  if (attributes.integer('Cryptographic Usage Mask') === 0) {
    throw impossible('Cryptographic Usage Mask');
  }
}

const REQUIRED_OF_CREATE = [
  'Cryptographic Algorithm',
  'Cryptographic Length',
  'Cryptographic Usage Mask',
] as const satisfies readonly AttributeName[];

function readOnly(name: AttributeName): KmipFailure {
  return refused('attributeReadOnly', name, 'cannot be set by a client');
}

function singleValued(name: AttributeName): KmipFailure {
  return refused('attributeSingleValued', name, 'has one value only');
}

function impossible(name: AttributeName): KmipFailure {
  return refused('invalidAttributeValue', name, 'has an impossible value');
}

/** Names of the specification are said; a client's own are not repeated. */
function refused(failure: Failure, name: AttributeName, what: string): KmipFailure {
  return new KmipFailure(failure, `${isVendorName(name) ? 'a custom attribute' : name} ${what}`);
}
