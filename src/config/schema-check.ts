import { Ajv, type ErrorObject } from 'ajv';
import { nearestName } from './nearest-name.ts';
import { describeValue, printable } from './printable.ts';
import type { TSchema } from './schema.ts';
import type { Path } from './yaml/yaml-file.ts';

/** One rule of a schema that a value breaks. */
export interface Violation {
  /** The value, or the map that has an unknown key or lacks one. */
  readonly path: Path;
  /** The key that is unknown or missing. */
  readonly key?: string;
  readonly kind: 'value' | 'unknown key' | 'missing key';
  /** What is wrong and what is allowed. */
  readonly message: string;
  readonly value?: unknown;
}

/** Every rule `value` breaks, in the order of the schema; none means it has the schema's type. */
export type SchemaCheck = (value: unknown) => readonly Violation[];

/**
 * Keywords of ours beside those of JSON Schema. `problem` is the message for a value that does not fit, as one text or
 * one text a keyword, with `{value}` standing for the value; `missing` gives messages for keys that are not there;
 * `known` lists the keys of a map that takes them by pattern; `setting` is read by src/config/definitions.ts.
 */
export const OWN_KEYWORDS = ['problem', 'missing', 'known', 'setting'] as const;

/** Unknown keys that get a search for the nearest name; whoever has more of them needs no hints. */
const MOST_HINTS = 100;

/** Compiles `schema`. The check reports every violation, each value once. */
export function compileCheck(schema: TSchema): SchemaCheck {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    // KeyConstraints names its keys for editors and accepts them in any letter case.
    allowMatchingProperties: true,
    // Compiling the schema of schemas takes longer than everything else here; the tests do it.
    meta: false,
    validateSchema: false,
    // Tidying the generated code takes 20 ms and is earned back after thousands of files.
    code: { optimize: false },
  });
  ajv.addVocabulary([...OWN_KEYWORDS]);
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? [] : violations(validate.errors ?? []));
}

function violations(errors: readonly ErrorObject[]): Violation[] {
  const found: Violation[] = [];
  const values = new Map<string, ErrorObject[]>();
  let hints = 0;
  for (const error of errors) {
    if (error.keyword === 'additionalProperties') {
      found.push(unknownKey(error, hints++ < MOST_HINTS));
    } else if (error.keyword === 'required') {
      found.push(missingKey(error));
    } else {
      const group = values.get(error.instancePath);
      if (group === undefined) values.set(error.instancePath, [error]);
      else group.push(error);
    }
  }
  for (const [path, group] of values) found.push(wrongValue(path, group));
  return found;
}

function unknownKey(error: ErrorObject, withHint: boolean): Violation {
  const key = String(error.params['additionalProperty']);
  const known = knownKeys(error.parentSchema);
  const near = withHint ? nearestName(key, known) : undefined;
  const hint = near === undefined ? '' : `, did you mean "${near}"?`;
  return {
    path: parsePointer(error.instancePath),
    key,
    kind: 'unknown key',
    message: `unknown key "${printable(key)}"${hint} (known here: ${known.join(', ')})`,
  };
}

function missingKey(error: ErrorObject): Violation {
  const key = String(error.params['missingProperty']);
  const messages = error.parentSchema?.['missing'] as Record<string, string> | undefined;
  return {
    path: parsePointer(error.instancePath),
    key,
    kind: 'missing key',
    message: messages?.[key] ?? `missing key "${key}"`,
  };
}

/** All errors about one value become one: the schema's own words when it has some, else the first that ajv met. */
function wrongValue(pointer: string, group: readonly ErrorObject[]): Violation {
  const value: unknown = group[0]?.data;
  const worded = group.map(ownWords).find((text) => text !== undefined);
  return {
    path: parsePointer(pointer),
    kind: 'value',
    value,
    message:
      worded?.replace('{value}', () => plainText(value)) ??
      `${group[0] === undefined ? 'is wrong' : standardWords(group[0])}, not ${describeValue(value)}`,
  };
}

function ownWords(error: ErrorObject): string | undefined {
  const problem = error.parentSchema?.['problem'] as string | Record<string, string> | undefined;
  return typeof problem === 'object' ? problem[error.keyword] : problem;
}

function standardWords({ keyword, params }: ErrorObject): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'type':
      return `must be ${typeWords(params['type'] as string | readonly string[])}`;
    case 'enum':
      return `must be one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'minItems':
    case 'minProperties':
      return `must have at least ${limit} ${limit === '1' ? 'entry' : 'entries'}`;
    case 'maxItems':
    case 'maxProperties':
      return `must have at most ${limit} entries`;
    default:
      return 'has the wrong form';
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

function typeWords(type: string | readonly string[]): string {
  const types = typeof type === 'string' ? [type] : type;
  return types.map((name) => TYPE_WORDS[name] ?? name).join(' or ');
}

/** The value inside a message that quotes by position, as the original's texts do. */
function plainText(value: unknown): string {
  return typeof value === 'string' ? printable(value) : describeValue(value);
}

function knownKeys(schema: ErrorObject['parentSchema']): readonly string[] {
  const known = schema?.['known'] as readonly string[] | undefined;
  if (known !== undefined) return known;
  const properties = (schema?.['properties'] ?? {}) as Record<string, TSchema>;
  // `not: {}` marks a key that is named only to be refused with a better message.
  return Object.keys(properties).filter((key) => !Object.hasOwn(properties[key] ?? {}, 'not'));
}

/** RFC 6901 pointer to path. A key of digits comes out as a number, which finds the same place. */
function parsePointer(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
