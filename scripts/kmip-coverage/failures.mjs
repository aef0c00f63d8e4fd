// The tables of Result Reasons: from the table of failures, and from the texts in the source.

import { nextState } from '../../src/core/keys/lifecycle.ts';
import { AttributeSet } from '../../src/kmip/attributes/attribute-set.ts';
import { FAILURES } from '../../src/kmip/failure.ts';
import { STATE } from '../../src/kmip/tables/enumerations.ts';
import { enumerationFacts } from '../../src/kmip/tables/look-up.ts';
import { TAG } from '../../src/kmip/tables/tags.ts';
import { failureTexts } from './failure-texts.mjs';
import { codes, table } from './markdown.mjs';

/** Who answers with the texts of a folder. */
const FOLDERS = [
  ['src/kmip', 'either'],
  ['src/kmip-session', 'Gateway'],
  ['src/gateway', 'Gateway'],
  ['src/core/kmip', 'Core'],
];

/** Reads answers, which no server does. */
const OF_CLIENTS = 'src/kmip/messages/response.ts';

/** When each failure happens. */
const WHEN = {
  itemNotFound: 'no such object; another service’s and another tenant’s are answered the same',
  responseTooLarge:
    'the answer is larger than Maximum Response Size, or than the server’s own limit',
  authenticationNotSuccessful: 'the certificate verifies, and no rule knows its holder',
  invalidMessage:
    'no TTLV, a repeated field, a header without a field it must have, a wrong batch count',
  unsupportedProtocolVersion: 'a version that is not spoken here',
  operationNotSupported: 'an operation that is unknown, not of this version, or not supported',
  missingData: 'a payload without a field it must have',
  invalidField: 'a field that is unknown, out of its place, of a wrong type, or beyond a limit',
  featureNotSupported:
    'Undo, mandatory asynchrony, critical extensions, ways of encrypting that are not done',
  operationCanceled: 'an asynchronous operation was cancelled',
  cryptographicFailure: 'the ciphertext, its tag or its padding is wrong',
  illegalOperation: 'an operation that objects of this type cannot have',
  permissionDenied: 'the client may not have this operation, or its service is not served',
  keyFormatNotSupported: 'another Key Format Type than the object’s own or Raw; transparent keys',
  keyCompressionNotSupported: 'any Key Compression Type',
  keyWrapNotSupported: 'a Key Wrapping Specification, or a wrapped key in Register',
  sensitive: 'Get of an object that is Sensitive',
  notExtractable: 'Get of an object that is not Extractable',
  objectAlreadyExists: 'an identifier that is taken',
  objectDestroyed: 'a use of what is destroyed',
  wrongState: 'the object’s state forbids it',
  invalidObjectType: 'an object type that this cannot be done with',
  invalidAttribute: 'an attribute that objects of this type do not have, or that cannot be set so',
  invalidAttributeValue:
    'algorithm, length or usage mask missing or impossible, or any other impossible value',
  attributeNotFound: 'Modify or Delete of an attribute that the object does not have',
  attributeInstanceNotFound: 'Modify or Delete of a value that the object does not have',
  attributeReadOnly: 'an attribute that is not a client’s to set',
  attributeSingleValued: 'a second value of an attribute that has one',
  unsupportedAttribute: 'an attribute that this version does not have',
  incompatibleUsageMask: 'Check, Encrypt or Decrypt against the Cryptographic Usage Mask',
  nonUniqueName: 'a Name that is taken, where the policy `unique-names` is set',
  unknownTemplate: 'a template that is named: there are none',
  serverLimitExceeded: 'too much at once: batch, connections, requests, outbox, disk',
  protectionStorageUnavailable: 'no usable service key, or storage other than software is wanted',
  generalFailure: 'the Core is out of reach, its answer is not known, or a fault inside',
};

/** @returns {Record<string, string>} */
export function failureTables() {
  const found = allTexts();
  const used = new Set(found.map(({ failure }) => failure));
  const entries = Object.entries(FAILURES);
  for (const [failure] of entries) {
    if (WHEN[failure] === undefined) throw new Error(`${failure}: say when it happens`);
  }
  const unused = entries.filter(([failure]) => !used.has(failure));
  return {
    reasons: [
      table(
        ['when', 'in 1.x', 'in 2.x'],
        entries
          .filter(([failure]) => used.has(failure))
          .sort(([, left], [, right]) => left[0] - right[0] || left[1] - right[1])
          .map(([failure, [older, newer]]) => [
            WHEN[failure],
            reasonText(older),
            reasonText(newer),
          ]),
      ),
      `Never answered: ${unused.map(([, [older]]) => reasonText(older)).join(', ')}.`,
    ].join('\n\n'),
    texts: table(
      ['Result Message', 'by', 'in 1.x', 'in 2.x'],
      found.map(({ failure, text, by }) => {
        const [older, newer] = FAILURES[failure];
        return [codes([text]), by, reasonName(older), reasonName(newer)];
      }),
    ),
  };
}

/** Every text once, in alphabetical order, with who answers it. */
function allTexts() {
  const texts = new Map();
  for (const [folder, by] of FOLDERS) {
    for (const { failure, text, file } of failureTexts([folder])) {
      if (file === OF_CLIENTS) continue;
      const key = `${text}\0${failure}`;
      const known = texts.get(key);
      const both = known !== undefined && known.by !== by;
      texts.set(key, { failure, text, by: both ? 'either' : by });
    }
  }
  texts.set('', { failure: 'wrongState', text: stateText(), by: 'Core' });
  return [...texts.values()].sort(
    (left, right) => sortKey(left) - sortKey(right) || (sortText(left) < sortText(right) ? -1 : 1),
  );
}

/** Texts that begin with something that varies come last. */
function sortKey({ text }) {
  return text.startsWith('…') ? 1 : 0;
}

function sortText({ text, failure }) {
  return `${text.toLowerCase()} ${failure}`;
}

/** What the state machine says, with its two states left out. */
function stateText() {
  try {
    const key = { state: STATE.active, attributes: AttributeSet.empty };
    nextState(key, { kind: 'destroy', by: 'client' }, 0);
  } catch (error) {
    const text = error.message.replace(/^(a key that is ).+( cannot be ).+$/u, '$1…$2…');
    if (text !== error.message) return text;
  }
  throw new Error('the state machine has another text now');
}

function reasonText(reason) {
  return `${reasonName(reason)} (0x${reason.toString(16).padStart(2, '0').toUpperCase()})`;
}

function reasonName(reason) {
  const facts = enumerationFacts(TAG.resultReason, reason);
  if (facts === undefined) throw new Error(`${reason} is no result reason`);
  return facts.name;
}
