import { Option, type Command } from 'commander';
import { settingFlags, type SettingFlag, type SettingScope } from '../config/index.ts';

/**
 * Gives a command one option for each setting of a scope, or for some of them by name, and `--config`. The values go to
 * `loadSettings` as flags.
 */
export function addSettingOptions(
  command: Command,
  scope: SettingScope,
  only?: readonly string[],
): void {
  for (const flag of settingFlags(scope)) {
    if (only?.includes(flag.attribute) !== false) command.addOption(optionOf(flag));
  }
  command.option(
    '--config <file>',
    'configuration file in YAML; flags and environment are stronger',
  );
}

function optionOf(flag: SettingFlag): Option {
  const option = new Option(flag.usage, flag.description);
  if (flag.choices !== undefined) option.choices([...flag.choices]);
  if (flag.repeatable) {
    option.argParser(collectRepeated);
  }
  return option;
}

/** Parses an option that may be given several times. */
export function collectRepeated(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}
