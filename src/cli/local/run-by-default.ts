import type { Command } from 'commander';
import { nearestName } from '../../config/nearest-name.ts';
import { BrokerError } from '../../errors/index.ts';

/**
 * Adds `run`, which is meant when no subcommand is named. A word that is none is then an argument of `run`: it is refused
 * as the misspelt subcommand that it most likely is (USAGE).
 */
export function runByDefault(command: Command): Command {
  return command
    .command('run', { isDefault: true })
    .allowExcessArguments()
    .hook('preAction', (_run, { args: [word] }) => {
      if (word === undefined) return;
      const names = command.commands.map((one) => one.name());
      const nearest = nearestName(word, names);
      throw new BrokerError(
        'USAGE',
        `${command.name()} has no subcommand "${word}"` +
          (nearest === undefined ? '' : `; did you mean "${nearest}"?`),
      );
    });
}
