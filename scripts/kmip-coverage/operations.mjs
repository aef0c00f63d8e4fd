// The table of operations: from the Gateway's router, the Core's table and the specification's list.

import { OPERATIONS } from '../../src/core/kmip/operations.ts';
import { DELEGATED } from '../../src/gateway/router/delegated-operations.ts';
import { LOCAL } from '../../src/gateway/router/local-operations.ts';
import { PAYLOADS } from '../../src/kmip/payloads/index.ts';
import { ENUMERATIONS, OPERATION } from '../../src/kmip/tables/enumerations.ts';
import { table } from './markdown.mjs';
import { lifetimeText } from './versions.mjs';

const READ = [
  'Gateway; an object that is not in the vault by the Core (`get-miss`)',
  'goes on for what is in the vault; everything else is not found',
];

/** What only the code of each operation says: where it is answered, and what becomes of it while the link is cut. */
const LOCALLY = new Map([
  [OPERATION.create, ['Gateway', 'goes on, within `offline-create` and `max-offline`']],
  [
    OPERATION.get,
    [
      'Gateway; an object that is not in the vault by the Core (`get-miss`), and kept here from then on',
      'goes on for what is in the vault, within `max-offline`; everything else is not found',
    ],
  ],
  [OPERATION.getAttributes, READ],
  [OPERATION.getAttributeList, READ],
  [OPERATION.check, READ],
  [
    OPERATION.locate,
    ['Gateway and Core, one list of both', 'goes on: the vault alone is searched'],
  ],
  [
    OPERATION.activate,
    [
      'Core; Gateway where the key is Active from birth (`activate-on-create`) and nothing changes',
      'confirmed where nothing changes, else fails at once',
    ],
  ],
  [OPERATION.query, ['Gateway, for itself and the Core', 'goes on, with the same answer']],
  [OPERATION.discoverVersions, ['Gateway', 'goes on']],
]);

/** @returns {Record<string, string>} */
export function operationTables() {
  const { values } = ENUMERATIONS.find(({ name }) => name === 'Operation');
  const kinds = values.map((facts) => ({ facts, answer: answerOf(facts) }));
  const supported = kinds.filter(({ answer }) => answer !== undefined);
  const advertised = supported.every(({ facts }) => PAYLOADS.has(facts.value));
  if (!advertised || supported.length !== PAYLOADS.size) {
    throw new Error('Query advertises other operations than are supported');
  }
  const passedOn = kinds.filter(
    ({ facts, answer }) => answer === undefined && DELEGATED.has(facts.value),
  );
  const refused = kinds.filter(
    ({ facts, answer }) => answer === undefined && !DELEGATED.has(facts.value),
  );
  return {
    operations: [
      table(
        ['operation', 'versions', 'answered by', 'while the link is cut'],
        supported.map(({ facts, answer }) => [facts.name, lifetimeText(facts), ...answer]),
      ),
      `Passed on to the Core, which refuses them: ${names(passedOn)}. Another Core may know more. While the link is cut they fail at once.`,
      `Refused by the Gateway: ${names(refused)}, every value that the specification does not have, and every operation in a version that is older than the operation.`,
    ].join('\n\n'),
  };
}

/** Where an operation is answered and what becomes of it while cut; undefined when nobody supports it. */
function answerOf({ value, name }) {
  const isLocal = LOCAL.has(value);
  if (isLocal !== LOCALLY.has(value)) throw new Error(`${name}: say where it is answered`);
  if (isLocal) return LOCALLY.get(value);
  if (!OPERATIONS.has(value)) return undefined;
  if (!DELEGATED.has(value)) throw new Error(`${name}: the Core has it, no Gateway asks for it`);
  return ['Core', 'fails at once'];
}

function names(kinds) {
  return kinds.map(({ facts }) => facts.name).join(', ');
}
