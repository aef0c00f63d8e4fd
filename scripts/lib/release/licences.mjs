// The licences of everything that is shipped: that each is one we may ship, and its text in one file.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { projectRoot } from '../paths.mjs';
import { productionPackages } from '../production-packages.mjs';

/** Licences that ask for no more than to be kept. Another one is a decision, not an accident. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/** What the native core has inside; their texts lie beside it (prebuilds/PLATFORM/LICENSE.NAME). */
const NATIVE = [
  { name: 'openssl', license: 'Apache-2.0' },
  { name: 'nghttp2', license: 'MIT' },
];

/**
 * @typedef {object} Licensed
 * @property {string} name
 * @property {string} version
 * @property {string} license SPDX
 * @property {string} text may be empty: some packages ship none
 */

/**
 * Everything that is shipped with its licence. Throws when one is not allowed.
 * @param {readonly Licensed[]} [more] what else is shipped
 * @returns {Licensed[]}
 */
export function licences(more = []) {
  const all = [...native(), ...packages(), ...more];
  const refused = all.filter(({ license }) => !isAllowed(license));
  if (refused.length > 0)
    throw new StepFailure(
      `not among the licences we ship: ${refused.map(({ name, license }) => `${name} (${license})`).join(', ')}`,
      'Do without the package, or decide on its licence in scripts/lib/release/licences.mjs.',
    );
  return all;
}

/**
 * All of them in one text: a table, then each text once, under the names of all who use it.
 * @param {readonly Licensed[]} all
 * @returns {string}
 */
export function licenceText(all) {
  const width = Math.max(...all.map(({ name, version }) => name.length + version.length + 1));
  const table = all.map(
    ({ name, version, license }) => `${`${name} ${version}`.padEnd(width)}  ${license}`,
  );
  /** @type {Map<string, Licensed[]>} */
  const byText = new Map();
  for (const entry of all) {
    const text = entry.text.trim();
    if (text !== '') byText.set(text, [...(byText.get(text) ?? []), entry]);
  }
  const texts = [...byText].map(
    ([text, users]) =>
      `${users.map(({ name, version }) => `${name} ${version}`).join(', ')}\n\n${text}\n`,
  );
  const line = `\n${'-'.repeat(80)}\n\n`;
  return `What is shipped with crypto-broker, and under which licence.\n\n${table.join('\n')}\n${line}${texts.join(line)}`;
}

function packages() {
  return productionPackages().map(({ path, name, version, license }) => ({
    name,
    version,
    license: license ?? 'none given',
    text: textIn(join(projectRoot, path)),
  }));
}

function native() {
  const dir = join(projectRoot, 'prebuilds', `${process.platform}-${process.arch}`);
  const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
  return NATIVE.map(({ name, license }) => ({
    name,
    version: manifest[name].version,
    license,
    text: readFileSync(join(dir, `LICENSE.${name}`), 'utf8'),
  }));
}

function textIn(dir) {
  if (!existsSync(dir)) return '';
  return readdirSync(dir)
    .filter((name) => /^(licen[cs]e|notice)/i.test(name))
    .sort()
    .map((name) => readFileSync(join(dir, name), 'utf8').trim())
    .join('\n\n');
}

/** An SPDX expression of allowed licences: all of them where there is an AND, one of them where there is an OR. */
function isAllowed(expression) {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isAllowed);
  return bare.split(' AND ').every((id) => ALLOWED.has(id.trim()));
}
