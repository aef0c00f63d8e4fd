import { brokenRules, type BrokenRule } from './broken-rules.ts';
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

/**
 * Keywords of ours beside those of JSON Schema. `problem` is the message for a value that does not fit, as one text or
 * one text a keyword, with `{value}` standing for the value; `missing` gives messages for keys that are not there;
 * `known` lists the keys of a map that takes them by pattern; `setting` is read by src/config/definitions.ts.
 */
export const OWN_KEYWORDS = ['problem', 'missing', 'known', 'setting'] as const;

/** Unknown keys that get a search for the nearest name; whoever has more of them needs no hints. */
const MOST_HINTS = 100;

/** Every rule of `schema` that `value` breaks, each value once; none means it has the schema's type. */
export function schemaViolations(value: unknown, schema: TSchema): readonly Violation[] {
  const found: Violation[] = [];
  const values = new Map<string, BrokenRule[]>();
  let hints = 0;
  for (const broken of brokenRules(value, schema)) {
    if (broken.keyword === 'additionalProperties') {
      found.push(unknownKey(broken, hints++ < MOST_HINTS));
    } else if (broken.keyword === 'required') {
      found.push(missingKey(broken));
    } else {
      const place = JSON.stringify(broken.path);
      const group = values.get(place);
      if (group === undefined) values.set(place, [broken]);
      else group.push(broken);
    }
  }
  for (const group of values.values()) found.push(wrongValue(group));
  return found;
}

function unknownKey({ path, key = '', schema }: BrokenRule, withHint: boolean): Violation {
  const known = knownKeys(schema);
  const near = withHint ? nearestName(key, known) : undefined;
  const hint = near === undefined ? '' : `, did you mean "${near}"?`;
  return {
    path,
    key,
    kind: 'unknown key',
    message: `unknown key "${printable(key)}"${hint} (known here: ${known.join(', ')})`,
  };
}

function missingKey({ path, key = '', schema }: BrokenRule): Violation {
  const messages = schema['missing'] as Record<string, string> | undefined;
  return {
    path,
    key,
    kind: 'missing key',
    message: messages?.[key] ?? `missing key "${key}"`,
  };
}

/** All that is wrong with one value becomes one: the schema's own words when it has some, else the first rule broken. */
function wrongValue(group: readonly BrokenRule[]): Violation {
  const { path = [], value } = group[0] ?? {};
  const worded = group.map(ownWords).find((text) => text !== undefined);
  return {
    path,
    kind: 'value',
    value,
    message:
      worded?.replace('{value}', () => plainText(value)) ??
      `${group[0] === undefined ? 'is wrong' : standardWords(group[0])}, not ${describeValue(value)}`,
  };
}

function ownWords({ keyword, schema }: BrokenRule): string | undefined {
  const problem = schema['problem'] as string | Record<string, string> | undefined;
  return typeof problem === 'object' ? problem[keyword] : problem;
}

function standardWords({ keyword, schema }: BrokenRule): string {
  const limit = String(schema[keyword]);
  switch (keyword) {
    case 'type':
      return `must be ${typeWords(schema['type'] as string | readonly string[])}`;
    case 'enum':
      return `must be one of ${(schema['enum'] as readonly unknown[]).join(', ')}`;
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

function knownKeys(schema: BrokenRule['schema']): readonly string[] {
  const known = schema['known'] as readonly string[] | undefined;
  if (known !== undefined) return known;
  const properties = (schema['properties'] ?? {}) as Record<string, TSchema>;
  // `not: {}` marks a key that is named only to be refused with a better message.
  return Object.keys(properties).filter((key) => !Object.hasOwn(properties[key] ?? {}, 'not'));
}
