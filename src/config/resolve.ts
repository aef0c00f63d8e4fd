import { BrokerError } from '../errors/index.ts';
import { deepFreeze } from './deep-freeze.ts';
import { defaultWords, SETTINGS, settingText, type SettingDefinition } from './definitions.ts';
import { unknownVariables, unusedVariables } from './foreign-variables.ts';
import { defaultValue, givenValues, type Given, type ResolveInput } from './given-values.ts';
import { inheritedSockets } from './inherited-sockets.ts';
import type { LoadedSettings, SettingRow } from './loaded.ts';
import { contradictions, fileProblems, sourceWords, valueProblems } from './setting-problems.ts';
import type { Settings } from './settings.ts';

/** A setting and the value that counts. */
interface Decided extends Given {
  readonly definition: SettingDefinition;
}

/**
 * Decides every setting: flag over environment over file over default. A wrong value is an error even where a stronger
 * source overrides it. A client looks at its own settings alone: what is wrong with the server's environment does not
 * concern it. Throws CONFIG_INVALID with all mistakes, one a line.
 */
export function resolveSettings(input: ResolveInput): LoadedSettings {
  const warnings: string[] = [];
  const problems = fileProblems(input.file);
  const decided = SETTINGS.map((definition): Decided => {
    const given = givenValues(definition, input, warnings);
    problems.push(...given.flatMap((one) => valueProblems(definition, one)));
    return { definition, ...(given[0] ?? defaultValue(definition, input.host)) };
  });
  const settings = assemble(decided);
  if (problems.length === 0) problems.push(...contradictions(settings));
  const inherited = inheritedSockets(input);
  problems.push(...inherited.problems);
  if (problems.length > 0) throw new BrokerError('CONFIG_INVALID', summary(problems));

  warnings.push(...unknownVariables(input.env, SETTINGS.flatMap(variablesOf)));
  return Object.freeze({
    settings,
    sources: new Map(decided.map(({ definition, source }) => [definition.key, source])),
    rows: Object.freeze(decided.map((one) => row(one, input.file?.name))),
    inheritedSockets: Object.freeze(inherited.descriptors),
    unused: Object.freeze(unusedVariables(input.env)),
    warnings: Object.freeze(warnings),
  });
}

/** The settings as a tree. Values that broke a rule are in it too: the caller throws before anybody sees them. */
function assemble(decided: readonly Decided[]): Settings {
  const root: Record<string, unknown> = {};
  for (const { definition, value } of decided) {
    const [last = '', ...groups] = definition.path.toReversed();
    let group = root;
    for (const key of groups.toReversed()) group = (group[key] ??= {}) as Record<string, unknown>;
    // A copy, since what comes back is frozen.
    if (value !== undefined) group[last] = structuredClone(value);
  }
  return deepFreeze(root) as unknown as Settings;
}

function row({ definition, value, source }: Decided, fileName = ''): SettingRow {
  const { key, description, defaultText, secret } = definition;
  const words =
    source.kind === 'file'
      ? `${fileName}:${source.line}`
      : source.kind === 'default' && defaultText !== undefined
        ? `default (${defaultWords(definition)})`
        : sourceWords(source);
  const shown = secret === true && value !== undefined ? '(secret)' : settingText(value);
  return Object.freeze({ key, value: shown, source: words, description });
}

function variablesOf(definition: SettingDefinition): string[] {
  return [definition.env, ...(definition.envAliases ?? []).map(({ env }) => env)];
}

function summary(problems: readonly string[]): string {
  const count = problems.length === 1 ? '1 setting is' : `${problems.length} settings are`;
  return `${count} wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}
