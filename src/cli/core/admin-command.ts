import type { Command } from 'commander';
import { localCommand, type LocalFlags } from '../local/local-command.ts';

/** Options of the commands that change something at the Core. */
export interface AdminFlags extends LocalFlags {
  readonly dryRun?: true;
}

/** A subcommand that asks the running Core. */
export function adminCommand(parent: Command, usage: string, description: string): Command {
  return localCommand(parent, 'core-client', usage, description);
}
