import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenRules, isRule } from '../../src/config/broken-rules.ts';
import { partialSettingsSchema } from '../../src/config/definitions.ts';
import { OWN_KEYWORDS } from '../../src/config/schema-check.ts';
import type { TSchema } from '../../src/config/schema.ts';
import { SettingsSchema } from '../../src/config/settings.ts';
import { RawGlobalFile, RawListFile } from '../../src/profile/raw-file.ts';

/** Keywords that are no rules. */
const ANNOTATIONS = ['title', 'description', 'default', 'examples', ...OWN_KEYWORDS];

const SCHEMAS: readonly (readonly [string, TSchema])[] = [
  ['the settings', SettingsSchema],
  ['a configuration file', partialSettingsSchema()],
  ['a profile file, list form', RawListFile],
  ['a profile file, global form', RawGlobalFile],
];

/** The oracle, as strict as it can be. */
function oracle(schema: TSchema): (value: unknown) => readonly string[] {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, allowMatchingProperties: true });
  ajv.addVocabulary([...OWN_KEYWORDS]);
  const validate = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? [])
      .map(({ keyword, instancePath, params }) => {
        const { missingProperty = '', additionalProperty = missingProperty } = params as Record<
          string,
          string
        >;
        return `${keyword} at ${instancePath} ${additionalProperty}`;
      })
      .toSorted();
  };
}

function ours(schema: TSchema): (value: unknown) => readonly string[] {
  return (value) =>
    brokenRules(value, schema)
      .map(({ keyword, path, key = '' }) => {
        const steps = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'));
        return `${keyword} at ${steps.map((step) => `/${step}`).join('')} ${key}`;
      })
      .toSorted();
}

interface Node {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
}

/** A text beside a limit, in characters of one and of two UTF-16 units, paired and not. */
const beside = (limit = 1): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: -1, max: 1 }), fc.constantFrom('a', '\u{1f600}', '\ud83d', '\ude00'))
    .map(([off, character]) => character.repeat(Math.max(0, limit + off)));

/** Values that fit a schema here and there, and break it everywhere else. */
function near(schema: Node): fc.Arbitrary<unknown> {
  const { properties = {}, patternProperties = {}, minimum = 0, maximum = 0 } = schema;
  const candidates: fc.Arbitrary<unknown>[] = [
    ...(schema.enum === undefined ? [] : [fc.constantFrom(...schema.enum)]),
    ...(schema.anyOf ?? []).map(near),
    ...(schema.pattern === undefined ? [] : [fc.stringMatching(new RegExp(schema.pattern, 'u'))]),
  ];
  const types = [schema.type ?? []].flat();
  if (types.includes('boolean')) candidates.push(fc.boolean());
  if (types.includes('integer')) {
    candidates.push(fc.constantFrom(minimum - 1, minimum, maximum, maximum + 1, minimum + 0.5));
  }
  if (types.includes('string')) {
    candidates.push(beside(schema.minLength), beside(schema.maxLength), fc.constant('/a/b'));
  }
  if (schema.items !== undefined) candidates.push(fc.array(near(schema.items), { maxLength: 3 }));
  if (types.includes('object')) {
    const members = Object.entries(properties).map(([key, inner]) => [key, near(inner)] as const);
    const matching = Object.entries(patternProperties).map(([source, inner]) =>
      fc.dictionary(fc.stringMatching(new RegExp(source, 'u')), near(inner), { maxKeys: 2 }),
    );
    const known = fc.record(Object.fromEntries(members), { requiredKeys: [] });
    const stray = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a/b~c', '7')),
      fc.constant(0),
      { maxKeys: 1 },
    );
    candidates.push(
      fc
        .tuple(known, fc.oneof(fc.constant({}), stray), ...matching)
        .map((parts) => Object.assign({}, ...parts) as object),
    );
  }
  if (candidates.length === 0) return fc.jsonValue();
  return fc.oneof(
    { arbitrary: fc.oneof(...candidates), weight: 12 },
    { arbitrary: fc.jsonValue({ maxDepth: 1 }), weight: 1 },
  );
}

describe.each(SCHEMAS)('the check of %s', (_name, schema) => {
  it('finds the rules broken that a full validator finds broken', () => {
    const [expected, found] = [oracle(schema), ours(schema)];
    fc.assert(
      fc.property(near(schema as Node), (value) => {
        expect(found(value)).toEqual(expected(value));
      }),
      { numRuns: 400 },
    );
  });

  it('knows every keyword that the schema holds', () => {
    const unknown: string[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [keyword, value] of Object.entries(node)) {
        if (ANNOTATIONS.includes(keyword)) continue;
        if (!isRule(keyword)) unknown.push(keyword);
        else if (/properties$/i.test(keyword)) Object.values(value as object).forEach(visit);
        else if (keyword === 'anyOf') (value as readonly unknown[]).forEach(visit);
        else if (keyword === 'items' || keyword === 'not') visit(value);
      }
    };
    visit(schema);
    expect(unknown).toEqual([]);
  });
});
