import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addSettingOptions } from '../setting-options.ts';
import { table } from '../table.ts';

interface ConfigFlags {
  readonly [flag: string]: unknown;
  readonly json?: true;
}

export function defineConfig(command: Command, context: CommandContext): void {
  command.description(
    'Prints every setting, its value and where the value comes from: a flag, the environment, the configuration file, or ' +
      'the default, the first of them that sets it. Takes the flags of `cryptobroker server`, to show what they would do.',
  );
  command.option('--json', 'print one JSON object: settings, unused variables, warnings');
  addSettingOptions(command, 'server');
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker config
  $ CRYPTO_BROKER_LOG_LEVEL=debug cryptobroker config --config broker.yaml
  $ cryptobroker config --json | jq '.settings[] | select(.source != "default")'`,
  );
  command.action(async (flags: ConfigFlags) => {
    const { rows, unused, warnings } = await context.loadSettings({ scope: 'server', flags });
    if (flags.json) {
      context.writeOut(`${JSON.stringify({ settings: rows, unused, warnings })}\n`);
      return;
    }
    context.writeOut(
      table(
        [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'SOURCE' }],
        rows.map(({ key, value, source }) => [key, value === '' ? '-' : value, source]),
      ),
    );
    for (const { name, purpose } of unused)
      context.writeError(`note: ${name} (${purpose}) is not used by this version\n`);
    for (const warning of warnings) context.writeError(`warning: ${warning}\n`);
  });
}
