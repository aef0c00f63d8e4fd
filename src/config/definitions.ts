import type { TSchema } from './schema.ts';
import type { SettingScope, SettingSpelling } from './setting.ts';
import { SettingsSchema } from './settings.ts';

/** One setting, read out of the schema. */
export interface SettingDefinition extends SettingSpelling {
  /** Dotted key: `log.level`. */
  readonly key: string;
  readonly path: readonly string[];
  readonly description: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'list' | 'choice';
  /** The allowed values of a choice, or of the entries of a list. */
  readonly choices?: readonly string[];
  /** Absent: not set, or a fact of the host (`defaultText` says which). */
  readonly default?: unknown;
  /** Inclusive bounds of a number. */
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What the JSON Schema types of the leaves are called here. */
const LEAF_TYPES = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
} as const;

/** Every setting, in schema order. */
export const SETTINGS: readonly SettingDefinition[] = flatten(SettingsSchema, []);

/** What a command line parser needs to know about a flag. */
export interface SettingFlag {
  /** Name of the value in the object given to `loadSettings`: `profilesDir` for `--profiles-dir`. */
  readonly attribute: string;
  /** `--profiles-dir <dir>`, or `--dev` for a flag without a value. */
  readonly usage: string;
  readonly repeatable: boolean;
  readonly choices?: readonly string[];
  /** Ends with the default, the environment name and the bounds. */
  readonly description: string;
}

/** The flags of a program, for its command line parser. */
export function settingFlags(scope: SettingScope): readonly SettingFlag[] {
  return SETTINGS.filter(({ scopes }) => scopes.includes(scope)).flatMap((definition) => {
    const { flag, placeholder, choices } = definition;
    if (flag === undefined) return [];
    return {
      attribute: flagAttribute(flag),
      usage: placeholder === undefined ? flag : `${flag} <${placeholder}>`,
      repeatable: definition.type === 'list',
      ...(choices === undefined ? {} : { choices }),
      description: `${definition.description} (${definition.env}; default: ${defaultWords(definition)})`,
    };
  });
}

/** The default in words: a constant, what the host decides, or `not set`. */
export function defaultWords(definition: SettingDefinition): string {
  if (definition.defaultText !== undefined) return definition.defaultText;
  return definition.default === undefined ? 'not set' : settingText(definition.default);
}

/** A value as `cryptobroker config` prints it: a list joined with commas, nothing for a setting that is not set. */
export function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.map(settingText).join(', ');
  const scalar =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return scalar ? String(value) : '';
}

/** `--profiles-dir` as a property name: `profilesDir`. */
export function flagAttribute(flag: string): string {
  return flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The settings schema with nothing required: what a file, the environment or a command line may say of it. */
export function partialSettingsSchema(): TSchema {
  return partial(SettingsSchema);
}

function partial(schema: TSchema): TSchema {
  const children = childrenOf(schema);
  if (children === undefined) return schema;
  const properties = Object.fromEntries(
    Object.entries(children).map(([key, child]) => [key, partial(child)]),
  );
  return { ...schema, properties, required: [] };
}

function flatten(schema: TSchema, path: readonly string[]): SettingDefinition[] {
  const children = childrenOf(schema);
  if (children !== undefined) {
    return Object.entries(children).flatMap(([key, child]) => flatten(child, [...path, key]));
  }
  const leaf = schema as LeafSchema;
  const choices = leaf.enum ?? leaf.items?.enum;
  return [
    {
      ...leaf.setting,
      key: path.join('.'),
      path,
      description: leaf.description,
      type: leaf.enum === undefined ? LEAF_TYPES[leaf.type] : 'choice',
      ...(choices === undefined ? {} : { choices }),
      ...(leaf.default === undefined ? {} : { default: leaf.default }),
      ...(leaf.minimum === undefined ? {} : { minimum: leaf.minimum }),
      ...(leaf.maximum === undefined ? {} : { maximum: leaf.maximum }),
    },
  ];
}

/** JSON Schema keywords the leaves of the settings schema use. */
interface LeafSchema {
  readonly type: keyof typeof LEAF_TYPES;
  readonly enum?: readonly string[];
  readonly items?: { readonly enum?: readonly string[] };
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description: string;
  readonly setting: SettingSpelling;
}

function childrenOf(schema: TSchema): Readonly<Record<string, TSchema>> | undefined {
  return (schema as { properties?: Readonly<Record<string, TSchema>> }).properties;
}
