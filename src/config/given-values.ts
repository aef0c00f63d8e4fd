import { flagAttribute, type SettingDefinition } from './definitions.ts';
import { isSet, type Environment } from './foreign-variables.ts';
import type { SettingSource } from './loaded.ts';
import { describeValue } from './printable.ts';
import { isProgram, type SettingScope } from './setting.ts';
import { parseSettingText } from './text-values.ts';
import type { YamlFile } from './yaml/yaml-file.ts';

/** Parsed command line: property names are flags in camel case. Properties that are no setting are ignored. */
export type Flags = Readonly<Record<string, unknown>>;

/** Facts of the machine that some defaults depend on. */
export interface HostFacts {
  /** CPUs this process may use. */
  readonly availableParallelism: number;
  /** Absolute path of the profiles that came with this version. */
  readonly shippedProfilesDir: string;
  /** Number of this process. */
  readonly processId: number;
}

export interface ResolveInput {
  readonly scope: SettingScope;
  readonly flags: Flags;
  readonly env: Environment;
  /** The configuration file and its base name. */
  readonly file?: { readonly name: string; readonly content: YamlFile };
  readonly host: HostFacts;
}

/** A value that somebody gave for a setting. */
export interface Given {
  readonly value: unknown;
  readonly source: SettingSource;
}

/**
 * What was given for a setting, the strongest first: flag, environment, file. Remarks about values that do not count go
 * to `warnings`.
 */
export function givenValues(
  definition: SettingDefinition,
  input: ResolveInput,
  warnings: string[],
): readonly Given[] {
  if (!isProgram(input.scope) && !definition.scopes.includes(input.scope)) return [];
  return [
    ...fromFlags(definition, input),
    ...fromEnvironment(definition, input, warnings),
    ...fromFile(definition, input.file),
  ];
}

function fromFlags(definition: SettingDefinition, { scope, flags }: ResolveInput): Given[] {
  const { flag, scopes } = definition;
  if (flag === undefined || !scopes.includes(scope)) return [];
  const value = flags[flagAttribute(flag)];
  if (value === undefined) return [];
  return [{ value: parseFlag(definition, value), source: { kind: 'flag', name: flag } }];
}

/** A list flag is repeated rather than split: one flag, one entry, colons and all. */
function parseFlag(definition: SettingDefinition, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return definition.type === 'list' ? [value] : parseSettingText(definition, value);
}

function fromEnvironment(
  definition: SettingDefinition,
  { env }: ResolveInput,
  warnings: string[],
): Given[] {
  const given: Given[] = [];
  if (isSet(env, definition.env)) {
    given.push({
      value: parseSettingText(definition, env[definition.env] ?? ''),
      source: { kind: 'environment', name: definition.env },
    });
  }
  for (const alias of definition.envAliases ?? []) {
    if (!isSet(env, alias.env)) continue;
    const text = env[alias.env] ?? '';
    const value = Object.hasOwn(alias.values, text) ? alias.values[text] : undefined;
    if (value === undefined && alias.shared === true) {
      warnings.push(`${alias.env}: ${describeValue(text)} is not a value we know, ignored`);
    } else {
      given.push({ value: value ?? text, source: { kind: 'environment', name: alias.env } });
    }
  }
  return given;
}

function fromFile(definition: SettingDefinition, file: ResolveInput['file']): Given[] {
  let value: unknown = file?.content.value;
  for (const step of definition.path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return [];
    value = (value as Record<string, unknown>)[step];
  }
  if (file === undefined) return [];
  return [{ value, source: { kind: 'file', ...file.content.positionOf(definition.path) } }];
}

/** What a setting is when nobody gave a value. */
export function defaultValue(definition: SettingDefinition, host: HostFacts): Given {
  const hostValues: Readonly<Record<string, unknown>> = {
    profilesDir: host.shippedProfilesDir,
    'pool.threads': Math.min(host.availableParallelism, definition.maximum ?? Infinity),
  };
  return {
    value: hostValues[definition.key] ?? definition.default,
    source: { kind: 'default' },
  };
}
