import { BrokerError } from '../errors/index.ts';
import { deepFreeze } from './deep-freeze.ts';
import {
  defaultWords,
  flagAttribute,
  partialSettingsSchema,
  SETTINGS,
  settingText,
  type SettingDefinition,
} from './definitions.ts';
import { isSet, unknownVariables, unusedVariables, type Environment } from './foreign-variables.ts';
import type { LoadedSettings, SettingRow, SettingSource } from './loaded.ts';
import { describeValue } from './printable.ts';
import { compileCheck, type SchemaCheck, type Violation } from './schema-check.ts';
import type { SettingScope } from './setting.ts';
import type { Settings } from './settings.ts';
import { parseSettingText } from './text-values.ts';
import type { YamlFile } from './yaml-file.ts';

/** Parsed command line: property names are flags in camel case. Properties that are no setting are ignored. */
export type Flags = Readonly<Record<string, unknown>>;

/** Facts of the machine that some defaults depend on. */
export interface HostFacts {
  /** CPUs this process may use. */
  readonly availableParallelism: number;
  /** Absolute path of the profiles that came with this version. */
  readonly shippedProfilesDir: string;
}

export interface ResolveInput {
  readonly scope: SettingScope;
  readonly flags: Flags;
  readonly env: Environment;
  /** The configuration file and its base name. */
  readonly file?: { readonly name: string; readonly content: YamlFile };
  readonly host: HostFacts;
}

/**
 * Decides every setting: flag over environment over file over default. A wrong value is an error even where a stronger
 * source overrides it. Throws CONFIG_INVALID with all mistakes, one a line.
 */
export function resolveSettings(input: ResolveInput): LoadedSettings {
  const warnings: string[] = [];
  const candidates = SETTINGS.map((definition) => ({
    definition,
    given: [
      ...fromFlags(definition, input),
      ...fromEnvironment(definition, input.env, warnings),
      ...fromFile(definition, input.file),
    ],
  }));
  const problems = [
    ...fileProblems(input.file),
    ...candidates.flatMap(({ definition, given }) =>
      given.filter(({ source }) => source.kind !== 'file').flatMap((one) => check(definition, one)),
    ),
  ];
  const decided = candidates.map(({ definition, given }) => ({
    definition,
    ...(given[0] ?? { value: defaultValue(definition, input.host), source: DEFAULT }),
  }));
  const settings = assemble(decided);
  // Rules between settings make sense only of settings that are right by themselves.
  if (problems.length === 0) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new BrokerError('CONFIG_INVALID', summary(problems));

  const known = SETTINGS.flatMap(variablesOf);
  return Object.freeze({
    settings,
    sources: new Map(decided.map(({ definition, source }) => [definition.key, source])),
    rows: Object.freeze(decided.map((one) => row(one, input.file?.name))),
    unused: Object.freeze(unusedVariables(input.env)),
    warnings: Object.freeze([...warnings, ...unknownVariables(input.env, known)]),
  });
}

/** A value that somebody gave for a setting. */
interface Given {
  readonly value: unknown;
  readonly source: SettingSource;
}

const DEFAULT: SettingSource = { kind: 'default' };

function fromFlags(definition: SettingDefinition, { scope, flags }: ResolveInput): Given[] {
  if (definition.scope !== scope) return [];
  const value = flags[flagAttribute(definition.flag)];
  if (value === undefined) return [];
  return [{ value: parseFlag(definition, value), source: { kind: 'flag', name: definition.flag } }];
}

/** A list flag is repeated rather than split: one flag, one entry, colons and all. */
function parseFlag(definition: SettingDefinition, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return definition.type === 'list' ? [value] : parseSettingText(definition, value);
}

function fromEnvironment(
  definition: SettingDefinition,
  env: Environment,
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

function defaultValue(definition: SettingDefinition, host: HostFacts): unknown {
  switch (definition.key) {
    case 'profilesDir':
      return host.shippedProfilesDir;
    case 'pool.threads':
      return Math.min(Math.max(host.availableParallelism, 1), definition.maximum ?? 1);
    default:
      return definition.default;
  }
}

let compiled: SchemaCheck | undefined;

/** Checks part of the settings tree. Compiled on first use: a client that sets nothing never pays for it. */
function partialCheck(tree: unknown): readonly Violation[] {
  compiled ??= compileCheck(partialSettingsSchema());
  return compiled(tree);
}

function check(definition: SettingDefinition, { value, source }: Given): string[] {
  const words = aliasWords(definition, source);
  if (words !== undefined && typeof value !== 'boolean') {
    return [`${sourceWords(source)}: must be one of ${words}, not ${describeValue(value)}`];
  }
  return partialCheck(nest(definition.path, value)).map(
    ({ message }) => `${sourceWords(source)}: ${message}`,
  );
}

/** The words an older variable knows, when that is where the value came from. */
function aliasWords(definition: SettingDefinition, source: SettingSource): string | undefined {
  const alias = definition.envAliases?.find(
    ({ env }) => source.kind === 'environment' && source.name === env,
  );
  return alias === undefined ? undefined : Object.keys(alias.values).join(', ');
}

function fileProblems(file: ResolveInput['file']): string[] {
  if (file === undefined) return [];
  const { content, name } = file;
  // An empty file, or one of comments alone, sets nothing.
  if (content.value === null) return [];
  return partialCheck(content.value).map(({ path, key, message }) => {
    const place =
      key === undefined ? content.positionOf(path) : content.keyPositionOf([...path, key]);
    const setting = key === undefined && path.length > 0 ? `${path.join('.')}: ` : '';
    return `${name}:${place.line}:${place.column}: ${setting}${message}`;
  });
}

function contradictions(settings: Settings): string[] {
  const problems: string[] = [];
  if (settings.crypto.provider === 'pure' && settings.fips === 'required') {
    problems.push('crypto.provider: pure is refused while fips is required: set fips to off');
  }
  const { caCert, privateKey } = settings.benchmark;
  if ((caCert === undefined) !== (privateKey === undefined)) {
    problems.push('benchmark.caCert and benchmark.privateKey: set both or neither');
  }
  return problems;
}

function assemble(decided: readonly { definition: SettingDefinition; value: unknown }[]): Settings {
  const root: Record<string, unknown> = {};
  for (const { definition, value } of decided) {
    if (value !== undefined) merge(root, definition.path, value);
  }
  // Groups whose members are all optional exist even when nothing is set.
  for (const { path } of SETTINGS) if (path.length > 1) root[path[0] ?? ''] ??= {};
  return deepFreeze(root) as unknown as Settings;
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function merge(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) root[key] = Array.isArray(value) ? [...(value as unknown[])] : value;
  else merge((root[key] ??= {}) as Record<string, unknown>, rest, value);
}

function row(
  { definition, value, source }: Given & { definition: SettingDefinition },
  fileName: string | undefined,
): SettingRow {
  return Object.freeze({
    key: definition.key,
    value: settingText(value),
    source: rowSource(definition, source, fileName),
    description: definition.description,
  });
}

function rowSource(
  definition: SettingDefinition,
  source: SettingSource,
  fileName: string | undefined,
): string {
  if (source.kind === 'file') return `${fileName ?? ''}:${source.line}`;
  if (source.kind === 'default' && definition.defaultText !== undefined) {
    return `default (${defaultWords(definition)})`;
  }
  return sourceWords(source);
}

function sourceWords(source: SettingSource): string {
  return source.kind === 'flag' || source.kind === 'environment' ? source.name : source.kind;
}

function variablesOf(definition: SettingDefinition): string[] {
  return [definition.env, ...(definition.envAliases ?? []).map(({ env }) => env)];
}

function summary(problems: readonly string[]): string {
  const count = problems.length === 1 ? '1 setting is' : `${problems.length} settings are`;
  return `${count} wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}
