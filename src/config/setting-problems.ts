import type { SettingDefinition } from './definitions.ts';
import { partialSettingsSchema } from './definitions.ts';
import type { Given, ResolveInput } from './given-values.ts';
import type { SettingSource } from './loaded.ts';
import { describeValue } from './printable.ts';
import { schemaViolations } from './schema-check.ts';
import type { Settings } from './settings.ts';
import { telemetryContradictions } from './telemetry-contradictions.ts';

/** What part of the settings tree may be. */
const PARTIAL = partialSettingsSchema();

/** What is wrong with a value from a flag or from the environment. */
export function valueProblems(definition: SettingDefinition, { value, source }: Given): string[] {
  // The file was checked as a whole, where every problem has its place.
  if (source.kind === 'file') return [];
  const words = aliasWords(definition, source);
  if (words !== undefined && typeof value !== 'boolean') {
    return [`${sourceWords(source)}: must be one of ${words}, not ${describeValue(value)}`];
  }
  return schemaViolations(nest(definition.path, value), PARTIAL).map(
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

/** What is wrong with the configuration file, all of it. */
export function fileProblems(file: ResolveInput['file']): string[] {
  if (file === undefined) return [];
  const { content, name } = file;
  // An empty file, or one of comments alone, sets nothing.
  if (content.value === null) return [];
  return schemaViolations(content.value, PARTIAL).map(({ path, key, message }) => {
    const place =
      key === undefined ? content.positionOf(path) : content.keyPositionOf([...path, key]);
    const setting = key === undefined && path.length > 0 ? `${path.join('.')}: ` : '';
    return `${name}:${place.line}:${place.column}: ${setting}${message}`;
  });
}

/** Rules between settings, which make sense only of settings that are right by themselves. */
export function contradictions(settings: Settings): string[] {
  const problems: string[] = [];
  if (settings.crypto.provider === 'pure' && settings.fips === 'required') {
    problems.push('crypto.provider: pure is refused while fips is required: set fips to off');
  }
  if (settings.crypto.provider === 'pure' && settings.transport === 'native') {
    problems.push('transport: native answers with the native core: not with crypto.provider pure');
  }
  const { caCert, privateKey } = settings.benchmark;
  if ((caCert === undefined) !== (privateKey === undefined)) {
    problems.push('benchmark.caCert and benchmark.privateKey: set both or neither');
  }
  problems.push(...telemetryContradictions(settings.telemetry));
  return problems;
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

/** A source in the words of a message: `--fips`, `CRYPTO_BROKER_FIPS`. */
export function sourceWords(source: SettingSource): string {
  return source.kind === 'flag' || source.kind === 'environment' ? source.name : source.kind;
}
