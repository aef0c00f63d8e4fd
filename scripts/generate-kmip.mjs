// Writes the KMIP tables of src/kmip/tables from specification.json beside them.
//
//   node scripts/with-node.mjs scripts/generate-kmip.mjs [--check]

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';

const folder = join(projectRoot, 'src', 'kmip', 'tables');
const specification = JSON.parse(readFileSync(join(folder, 'specification.json'), 'utf8'));
const style = JSON.parse(readFileSync(join(projectRoot, '.prettierrc.json'), 'utf8'));

const HEAD = `// Made by scripts/generate-kmip.mjs from specification.json. Change the facts there.\n`;

/** Words of a name of the specification: `X.509 ECPrivateKey` is X, 509, EC, Private, Key. */
function words(name) {
  return name
    .split(/[^A-Za-z0-9]+/u)
    .filter((part) => part !== '')
    .flatMap((part) =>
      /^[A-Z0-9]+s?$/u.test(part)
        ? [part]
        : part.match(/[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+/gu),
    );
}

/** `hmacSha256`, `x509CertificateSubject`; digits that would run together are kept apart: `sha3_256`. */
function camelCase(name) {
  let key = '';
  for (const word of words(name)) {
    const lower = word.toLowerCase();
    if (key === '') key = lower;
    else if (/[0-9]$/u.test(key) && /^[0-9]/u.test(lower)) key += `_${lower}`;
    else key += lower[0].toUpperCase() + lower.slice(1);
  }
  return key;
}

const constantCase = (name) =>
  words(name)
    .map((word) => word.toUpperCase())
    .join('_');

const hex = (digits) => `0x${digits}`;
const quoted = (text) => `'${text}'`;

/** `1.4` as the number that src/kmip/version.ts has for it. */
function version(text) {
  if (!/^(1\.[0-4]|2\.[01])$/u.test(text)) throw new Error(`${text} is not a version of KMIP`);
  return text.replace('.', '');
}

/** The fields that say which versions have an entry. */
const lifetime = ({ since, until }) =>
  `since: ${version(since)}${until === undefined ? '' : `, until: ${version(until)}`}`;

/** Entries as \`key: 0x…\` lines; refuses two of one key or number. */
function constants(entries, number) {
  const keys = new Set();
  const numbers = new Set();
  return entries
    .map((entry) => {
      const key = entry.key ?? camelCase(entry.name);
      const digits = number(entry);
      if (!/^[a-z][A-Za-z0-9_]*$/u.test(key)) throw new Error(`${entry.name} needs a key`);
      if (keys.has(key) || numbers.has(digits)) throw new Error(`${entry.name} is there twice`);
      keys.add(key);
      numbers.add(digits);
      return `${key}: ${hex(digits)},`;
    })
    .join('\n');
}

const tagKeys = new Map(specification.tags.map(({ name }) => [name, camelCase(name)]));

/** `TAG.operation` */
function tagConstant(name) {
  const key = tagKeys.get(name);
  if (key === undefined) throw new Error(`${name} is not a tag`);
  return `TAG.${key}`;
}

function tagsFile() {
  const facts = specification.tags.map(
    (entry) => `{ tag: ${hex(entry.tag)}, name: ${quoted(entry.name)}, ${lifetime(entry)} },`,
  );
  return `${HEAD}
import type { TagFacts } from './facts.ts';

/** Tags by the name of the specification (KMIP 1.4 §9.1.3.1, 2.1 §11.56). */
export const TAG = {
${constants(specification.tags, ({ tag }) => tag)}
} as const;

export const TAGS: readonly TagFacts[] = [
${facts.join('\n')}
];
`;
}

/** The facts of an enumeration or a mask. */
function valueSet({ name, tags, values }) {
  const entries = values.map(
    (entry) => `{ value: ${hex(entry.value)}, name: ${quoted(entry.name)}, ${lifetime(entry)} },`,
  );
  return `{
  name: ${quoted(name)},
  tags: [${tags.map(tagConstant).join(', ')}],
  values: [
${entries.join('\n')}
  ],
},`;
}

function valuesFile(sets, table, clause) {
  const objects = sets.map(
    ({ name, values }) =>
      `export const ${constantCase(name)} = {\n${constants(values, ({ value }) => value)}\n} as const;\n`,
  );
  return `${HEAD}
import type { ValueSet } from './facts.ts';
import { TAG } from './tags.ts';

${objects.join('\n')}
/** All of the above with names and versions (${clause}). */
export const ${table}: readonly ValueSet[] = [
${sets.map(valueSet).join('\n')}
];
`;
}

const objectTypes = (types) =>
  types === 'all'
    ? quoted('all')
    : `[${types.map((type) => `OBJECT_TYPE.${camelCase(type)}`).join(', ')}]`;

function attributesFile() {
  const facts = specification.attributes.map(
    (entry) => `{
  name: ${quoted(entry.name)},
  tag: ${tagConstant(entry.name)},
  type: TYPE.${camelCase(entry.type)},
  ${lifetime(entry)},
  ${entry.deprecated === undefined ? '' : `deprecated: ${version(entry.deprecated)},`}
  alwaysPresent: ${entry.alwaysPresent},
  multiple: ${entry.multiple},
  givenByClient: ${entry.givenByClient},
  initiallySetBy: ${quoted(entry.initiallySetBy)},
  modifiableByServer: ${entry.modifiableByServer},
  modifiableByClient: ${entry.modifiableByClient},
  deletableByClient: ${entry.deletableByClient},
  objectTypes: ${objectTypes(entry.objectTypes)},
},`,
  );
  return `${HEAD}
import { TYPE } from '../ttlv/types.ts';
import { OBJECT_TYPE } from './enumerations.ts';
import type { AttributeFacts } from './facts.ts';
import { TAG } from './tags.ts';

/** Attributes and their rules (KMIP 1.4 §3, 2.1 §4), custom and vendor attributes left out. */
export const ATTRIBUTES: readonly AttributeFacts[] = [
${facts.join('\n')}
];
`;
}

const files = {
  'tags.ts': tagsFile(),
  'enumerations.ts': valuesFile(
    specification.enumerations,
    'ENUMERATIONS',
    'KMIP 1.4 §9.1.3.2, 2.1 §11',
  ),
  'masks.ts': valuesFile(specification.masks, 'MASKS', 'KMIP 1.4 §9.1.3.3, 2.1 §12'),
  'attributes.ts': attributesFile(),
};

for (const [name, source] of Object.entries(files)) {
  writeOrCheck(join(folder, name), await format(source, { ...style, parser: 'typescript' }));
}
