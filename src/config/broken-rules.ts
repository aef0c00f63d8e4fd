import type { TSchema } from './schema.ts';
import type { Path } from './yaml/yaml-file.ts';

/** A schema as the check reads it: every keyword of JSON Schema that ours use. */
interface Schema {
  readonly type?: TypeName | readonly TypeName[];
  readonly anyOf?: readonly Schema[];
  readonly not?: Schema;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

type TypeName = keyof typeof TYPES;

/** One keyword of a schema that a value does not satisfy. */
export interface BrokenRule {
  readonly keyword: string;
  /** The value, or the map that has an unknown key or lacks one. */
  readonly path: Path;
  /** The key, of `additionalProperties` and `required`. */
  readonly key?: string;
  /** The schema that the keyword stands in. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

/**
 * Every rule of `schema` (JSON Schema draft 7) that `value`, a JSON value, breaks: the value's own rules first, then those
 * of what is in it. Knows the keywords that our schemas use and no more. It goes over the schema as it is, where a library
 * compiles it first: that took a server 75 ms and 8 MiB at every start, for two files that are checked once.
 * test/property/schema-check.test.ts compares it with such a library, rule by rule.
 */
export function brokenRules(value: unknown, schema: TSchema): readonly BrokenRule[] {
  const broken: BrokenRule[] = [];
  check(value, schema as Schema, [], broken);
  return broken;
}

/** The keywords that are rules; whatever else a schema holds says something about it. */
export function isRule(keyword: string): boolean {
  return Object.hasOwn(VALUE_RULES, keyword) || COMPOUND_RULES.includes(keyword);
}

const TYPES = {
  string: (value: unknown) => typeof value === 'string',
  boolean: (value: unknown) => typeof value === 'boolean',
  number: (value: unknown) => Number.isFinite(value),
  integer: (value: unknown) => Number.isInteger(value),
  array: (value: unknown) => Array.isArray(value),
  object: isMap,
} as const;

/** Rules that look at a value alone. A rule about one type holds for values of every other. */
const VALUE_RULES: Readonly<Record<string, (value: unknown, limit: never) => boolean>> = {
  type: (value, types: TypeName | readonly TypeName[]) =>
    [types].flat().some((name) => TYPES[name](value)),
  maximum: (value, most: number) => typeof value !== 'number' || value <= most,
  minimum: (value, least: number) => typeof value !== 'number' || value >= least,
  maxLength: (value, most: number) => typeof value !== 'string' || characters(value) <= most,
  minLength: (value, least: number) => typeof value !== 'string' || characters(value) >= least,
  pattern: (value, source: string) => typeof value !== 'string' || pattern(source).test(value),
  maxItems: (value, most: number) => !Array.isArray(value) || value.length <= most,
  minItems: (value, least: number) => !Array.isArray(value) || value.length >= least,
  minProperties: (value, least: number) => !isMap(value) || Object.keys(value).length >= least,
  const: (value, only: unknown) => value === only,
  enum: (value, values: readonly unknown[]) => values.includes(value),
  not: (value, refused: TSchema) => brokenRules(value, refused).length > 0,
};

const COMPOUND_RULES: readonly string[] = [
  'anyOf',
  'items',
  'required',
  'additionalProperties',
  'properties',
  'patternProperties',
];

/** Recursion ends where the schema does: ours hold no reference. */
function check(value: unknown, schema: Schema, path: Path, broken: BrokenRule[]): void {
  for (const [keyword, holds] of Object.entries(VALUE_RULES)) {
    if (keyword in schema && !holds(value, schema[keyword] as never)) {
      broken.push({ keyword, path, schema, value });
    }
  }
  if (schema.anyOf !== undefined) checkAlternatives(value, schema, path, broken);
  if (Array.isArray(value) && schema.items !== undefined) {
    for (const [index, item] of value.entries())
      check(item, schema.items, [...path, index], broken);
  }
  if (isMap(value)) checkMap(value, schema, path, broken);
}

function checkAlternatives(value: unknown, schema: Schema, path: Path, broken: BrokenRule[]): void {
  const failed: BrokenRule[] = [];
  for (const alternative of schema.anyOf ?? []) {
    const before = failed.length;
    check(value, alternative, path, failed);
    if (failed.length === before) return;
  }
  broken.push(...failed, { keyword: 'anyOf', path, schema, value });
}

function checkMap(
  value: Readonly<Record<string, unknown>>,
  schema: Schema,
  path: Path,
  broken: BrokenRule[],
): void {
  const { properties = {}, required = [] } = schema;
  const byPattern = Object.entries(schema.patternProperties ?? {}).map(
    ([source, inner]) => [pattern(source), inner] as const,
  );
  for (const key of required) {
    if (!Object.hasOwn(value, key)) broken.push({ keyword: 'required', path, key, schema, value });
  }
  if (schema.additionalProperties === false) {
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(properties, key) || byPattern.some(([keys]) => keys.test(key))) continue;
      broken.push({ keyword: 'additionalProperties', path, key, schema, value });
    }
  }
  for (const [key, inner] of Object.entries(properties)) {
    if (Object.hasOwn(value, key)) check(value[key], inner, [...path, key], broken);
  }
  for (const [keys, inner] of byPattern) {
    for (const [key, member] of Object.entries(value)) {
      if (keys.test(key)) check(member, inner, [...path, key], broken);
    }
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON Schema counts code points; every surrogate pair is one. */
function characters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

const patterns = new Map<string, RegExp>();

/** The expression of a pattern. As many are kept as the schemas hold. */
function pattern(source: string): RegExp {
  let expression = patterns.get(source);
  if (expression === undefined) {
    expression = new RegExp(source, 'u');
    patterns.set(source, expression);
  }
  return expression;
}
