// The table of values in the chart's README, made of values.yaml and what values.schema.json says about each key.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART } from './chart-files.mjs';

/** Written whole: their keys are the operator's. */
const OPEN = (schema) =>
  schema.type !== 'object' ||
  schema.properties === undefined ||
  schema.additionalProperties !== false;

/**
 * Every key that has a value of its own, in the order of values.yaml.
 * @returns {{key: string, value: unknown, description: string}[]}
 */
function valueRows() {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  return rows(values, schema, schema, '');
}

function rows(values, schema, root, prefix) {
  return Object.entries(values).flatMap(([name, value]) => {
    const key = `${prefix}${name}`;
    const described = resolve(schema.properties?.[name], root);
    if (described === undefined) throw new Error(`values.schema.json does not know ${key}`);
    if (OPEN(described) || isEmpty(value))
      return [{ key, value, description: describe(described) }];
    return rows(value, described, root, `${key}.`);
  });
}

function isEmpty(value) {
  return value === null || typeof value !== 'object' || Object.keys(value).length === 0;
}

/** A description beside a reference is more precise than that of its target. */
function resolve(schema, root) {
  if (schema?.$ref === undefined) return schema;
  const target = root.definitions[schema.$ref.replace('#/definitions/', '')];
  return { ...target, ...(schema.description && { description: schema.description }) };
}

function describe({ description = '', enum: choices }) {
  return choices
    ? `${description} ${choices.map((choice) => `\`${choice}\``).join(', ')}`
    : description;
}

/** @returns {string} the table in Markdown */
function valuesTable() {
  const lines = valueRows().map(
    ({ key, value, description }) =>
      `| \`${key}\` | ${cell(`\`${JSON.stringify(value)}\``)} | ${cell(description)} |`,
  );
  return ['| key | default | what it decides |', '| --- | --- | --- |', ...lines].join('\n');
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}

const MARKS =
  /(<!-- values: made by scripts\/test-chart\.mjs --update -->\n)[\s\S]*?(<!-- end of values -->)/;

/** @param {string} readme @returns {string} it with the table as it must be */
export function withValuesTable(readme) {
  if (!MARKS.test(readme)) throw new Error('the README has no place for the table of values');
  return readme.replace(MARKS, (_, before, after) => `${before}\n${valuesTable()}\n\n${after}`);
}
