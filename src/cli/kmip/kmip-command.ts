import type { Command } from 'commander';
import type { Flags } from '../../config/index.ts';
import { BrokerError } from '../../errors/index.ts';
import type { KmipClient } from '../../kmip-client/index.ts';
import type { CommandContext } from '../context.ts';
import { addSettingOptions } from '../setting-options.ts';
import { connectOptions } from './connect-options.ts';

/** Options that every command has that calls a KMIP server. */
export interface KmipFlags extends Flags {
  readonly json?: true;
  readonly correlationId?: string;
}

/** A subcommand of `kmip` that calls a server; the options of the connection come last in its help. */
export function kmipCommand(
  parent: Command,
  usage: string,
  description: string,
  define: (command: Command) => void,
): Command {
  const command = parent.command(usage).description(description);
  define(command);
  command.option(
    '--correlation-id <id>',
    'text that the logs of Gateway and Core show with the request; KMIP 1.4 and newer',
  );
  command.option('--json', 'print one JSON object');
  addSettingOptions(command, 'kmip');
  return command;
}

/** Runs `use` with a client for the server that flags, environment or configuration name, and closes it afterwards. */
export async function withKmip<Result>(
  context: CommandContext,
  flags: KmipFlags,
  use: (client: KmipClient) => Promise<Result>,
): Promise<Result> {
  const correlationId = checkedCorrelationId(flags.correlationId);
  const { settings } = await context.loadSettings({ scope: 'kmip', flags });
  const client = await context.connectKmip(
    { ...(await connectOptions(settings)), correlationId },
    settings,
  );
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** What a Gateway takes over; other text it would only echo. */
function checkedCorrelationId(id: string | undefined): string | undefined {
  if (id === undefined || /^[\x20-\x7e]{1,255}$/.test(id)) return id;
  throw new BrokerError('USAGE', '--correlation-id: give 1 to 255 printable ASCII characters');
}

/** Prints a result: as one JSON object with --json, else as text. */
export function show(context: CommandContext, flags: KmipFlags, json: object, text: string): void {
  context.writeOut(flags.json === true ? `${JSON.stringify(json)}\n` : text);
}
