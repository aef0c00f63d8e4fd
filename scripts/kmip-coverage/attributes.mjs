// The table of attributes: from the specification's rules, and from what the code does with a sample of each.

import { requireChange } from '../../src/core/kmip/attribute-changes.ts';
import { attributesAfter } from '../../src/core/keys/lifecycle.ts';
import { attributesOfNewKey } from '../../src/gateway/keys/new-key-attributes.ts';
import { AttributeSet } from '../../src/kmip/attributes/attribute-set.ts';
import { searchTerms } from '../../src/kmip/attributes/search-terms.ts';
import { withoutUnasked } from '../../src/kmip/attributes/unasked.ts';
import { sameValue } from '../../src/kmip/attributes/value.ts';
import { KmipFailure } from '../../src/kmip/failure.ts';
import { ATTRIBUTES } from '../../src/kmip/tables/attributes.ts';
import { ENUMERATIONS, OBJECT_TYPE, STATE } from '../../src/kmip/tables/enumerations.ts';
import { livesIn } from '../../src/kmip/tables/look-up.ts';
import { TAG } from '../../src/kmip/tables/tags.ts';
import { TYPE } from '../../src/kmip/ttlv/types.ts';
import { KMIP_VERSIONS, versionText } from '../../src/kmip/version.ts';
import { table } from './markdown.mjs';
import { lifetimeText } from './versions.mjs';

/** Objects that are kept here, by the letter that the table has for them. */
const KEPT = new Map([
  [OBJECT_TYPE.symmetricKey, 'K'],
  [OBJECT_TYPE.secretData, 'S'],
  [OBJECT_TYPE.opaqueObject, 'O'],
]);

/** Where the value of an attribute comes from, when neither a new key nor a transition shows it. */
const SPECIAL = new Map([
  ['Cryptographic Algorithm', 'client; at Register also the object'],
  ['Cryptographic Length', 'client; at Register also the object'],
  ['Digest', 'derived: SHA-256 of the bytes'],
  ['Fresh', 'derived: true for a key that this Gateway made since its start and gave to nobody'],
  ['State', 'derived from the lifecycle and the dates'],
  ['Opaque Data Type', 'the object'],
  ['Original Creation Date', 'server; at Register client, else server'],
  ['Random Number Generator', 'server; at Register client'],
]);

/** Attributes that the vault and the Core's store have a column for. */
const COLUMNS = new Set(['Unique Identifier', 'Object Type', 'State']);

/** @returns {Record<string, string>} */
export function attributeTables() {
  const ours = ATTRIBUTES.filter((facts) => letters(facts) !== '');
  const rows = ours.map((facts) => ({ facts, source: sourceOf(facts) }));
  const valued = rows.filter(({ source }) => source !== undefined);
  const ofVendors = [
    ...['K S O', 'several', 'client'],
    ...[changesOf(VENDOR), searchOf(VENDOR), toldOf(VENDOR)],
  ];
  const never = rows.filter(({ source }) => source === undefined);
  return {
    attributes: [
      table(
        [
          'attribute',
          'versions',
          'objects',
          'values',
          'value from',
          'a client may',
          'Locate',
          'Get Attributes',
        ],
        [
          ...valued.map(({ facts, source }) => [
            facts.name,
            lifetimeText(facts),
            letters(facts),
            facts.multiple ? 'several' : 'one',
            source,
            changesOf(facts),
            searchOf(facts),
            toldOf(facts),
          ]),
          ['`x-…`, custom attributes', 'all', ...ofVendors],
          ['attributes of vendors other than `x` and `y`', 'since 2.0', ...ofVendors],
        ],
      ),
      `Known, and never with a value: ${never.map(({ facts }) => facts.name).join(', ')}.`,
      `Of objects that are not kept here (certificates, asymmetric and split keys): ${collapsed(
        ATTRIBUTES.filter((facts) => letters(facts) === '').map(({ name }) => name),
      ).join(', ')}.`,
    ].join('\n\n'),
  };
}

const VENDOR = { name: 'x-sample', type: TYPE.textString, since: 10, objectTypes: 'all' };

function letters({ objectTypes }) {
  return [...KEPT]
    .filter(([type]) => objectTypes === 'all' || objectTypes.includes(type))
    .map(([, letter]) => letter)
    .join(' ');
}

/** One kind of object that has it, a symmetric key if possible. */
function objectTypeWith({ objectTypes }) {
  return [...KEPT.keys()].find((type) => objectTypes === 'all' || objectTypes.includes(type));
}

const NOW = 1_700_000_000;

function newKey(attributes) {
  const spec = { length: 256, attributes: AttributeSet.of(attributes) };
  const facts = { uid: 'uid', now: NOW * 1000, activateOnCreate: false };
  return attributesOfNewKey(spec, facts).attributes;
}

function sourceOf(facts) {
  const { name, givenByClient } = facts;
  const special = SPECIAL.get(name);
  if (special !== undefined) return special;
  const sample = sampleOf(facts);
  const ofServer = newKey([]).has(name);
  if (name === 'Key Format Type') {
    return ofServer ? 'the object, else server' : 'the object, else client: Create sets none';
  }
  const kept = givenByClient ? newKey([{ name, value: sample }]).get(name) : undefined;
  const isKept = kept !== undefined && sameValue(kept, sample);
  const words = [];
  if (givenByClient && (isKept || !ofServer)) words.push('client');
  if (ofServer) words.push(words.length === 0 ? 'server' : 'else server');
  if (LIFECYCLE.has(name) && !ofServer) words.push('lifecycle');
  return words.length === 0 ? undefined : words.join(', ');
}

const reason = { code: 1, message: 'sample' };

/** Attributes that change with the state of an object. */
const LIFECYCLE = new Set(
  [
    [{ kind: 'activate' }, STATE.active],
    [{ kind: 'deactivate', by: 'client', reason }, STATE.deactivated],
    [{ kind: 'compromise', by: 'client', reason }, STATE.compromised],
    [{ kind: 'destroy', by: 'client' }, STATE.destroyed],
  ].flatMap(([transition, state]) =>
    attributesAfter({ attributes: AttributeSet.empty }, transition, state, NOW).names(),
  ),
);

/** What a client may do with the attribute: give it to a new object, and change it later. */
function changesOf(facts) {
  const words = facts.givenByClient === false ? [] : ['give'];
  const value = sampleOf(facts);
  const present = [{ name: facts.name, value }];
  for (const [operation, attributes] of [
    ['add', []],
    ['modify', present],
    ['set', present],
    ['delete', present],
  ]) {
    if (mayChange(facts, operation, attributes, value)) words.push(operation);
  }
  return words.length === 0 ? 'read' : words.join(', ');
}

/** Asks the Core's own check, for an object that is PreActive. */
function mayChange(facts, operation, attributes, value) {
  const version = KMIP_VERSIONS.find((candidate) => livesIn(facts, candidate));
  if (operation === 'set' && version < 20) return false;
  const key = {
    objectType: objectTypeWith(facts),
    state: STATE.preActive,
    attributes: AttributeSet.of(attributes),
  };
  const change = { operation, name: facts.name, ...(operation !== 'delete' && { value }) };
  try {
    requireChange(key, change, { version, work: { now: NOW } });
    return true;
  } catch (error) {
    if (!(error instanceof KmipFailure)) throw error;
    return false;
  }
}

function searchOf(facts) {
  if (COLUMNS.has(facts.name)) return 'indexed';
  const terms = searchTerms(AttributeSet.of([{ name: facts.name, value: sampleOf(facts) }]));
  return terms.length > 0 ? 'indexed' : 'compared';
}

/** In which versions an answer to a request that names no attributes holds it. */
function toldOf(facts) {
  const set = AttributeSet.of([{ name: facts.name, value: sampleOf(facts) }]);
  const versions = KMIP_VERSIONS.filter((version) => livesIn(facts, version));
  const silent = versions.filter((version) => withoutUnasked(set, version).size === 0);
  if (silent.length === 0) return 'always';
  if (silent.length === versions.length) return 'by name';
  return `by name in ${silent.toReversed().map(versionText).join(', ')}, else always`;
}

/** A possible value: of structures those fields that are texts. */
function sampleOf({ tag, type }) {
  const text = { type: 'textString', value: 'sample' };
  switch (type) {
    case TYPE.structure:
      return { type: 'structure', fields: TEXTS.map((field) => ({ tag: field, value: text })) };
    case TYPE.integer:
      return { type: 'integer', value: 128 };
    case TYPE.enumeration:
      return { type: 'enumeration', value: firstOf(tag) };
    case TYPE.boolean:
      return { type: 'boolean', value: true };
    case TYPE.dateTime:
      return { type: 'dateTime', value: BigInt(NOW + 86_400) };
    case TYPE.interval:
      return { type: 'interval', value: 60 };
    default:
      return text;
  }
}

const TEXTS = [
  TAG.nameValue,
  TAG.alternativeNameValue,
  TAG.applicationNamespace,
  TAG.applicationData,
];

function firstOf(tag) {
  const [first] = ENUMERATIONS.find(({ tags }) => tags.includes(tag))?.values ?? [];
  // Opaque Data Type has no values but extensions.
  return first?.value ?? 0x8000_0001;
}

/** `Certificate Subject CN`, `… O`, `… OU` as one entry. */
function collapsed(names) {
  const short = names.map((name) => name.replace(/^(Certificate (?:Issuer|Subject)) .+$/u, '$1 …'));
  return [...new Set(short)];
}
