import type { Command } from 'commander';
import { EXIT } from '../../errors/index.ts';
import { addClientOptions, withClient, type ClientFlags } from '../client-command.ts';
import type { CommandContext } from '../context.ts';

interface HealthFlags extends ClientFlags {
  readonly service?: string;
  readonly json?: true;
}

export function defineHealth(command: Command, context: CommandContext): void {
  command.description(
    'Asks the server whether it serves, by the gRPC health protocol. Exits with 0 when the answer is SERVING, else with 1: ' +
      'fit for probes and for scripts that wait for a server.',
  );
  command.option('--service <name>', 'ask about one service instead of the whole server');
  command.option('--json', 'print {"status": …}');
  addClientOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker health
  SERVING
  $ cryptobroker server & cryptobroker health --wait && echo ready
  $ cryptobroker health --socket /run/broker.sock --deadline-ms 500 --json
  {"status":"SERVING"}`,
  );
  command.action(async (flags: HealthFlags) => {
    const { service } = flags;
    const status = await withClient(context, flags, (client, options) =>
      client.health({ ...options, service }),
    );
    context.writeOut(flags.json ? `${JSON.stringify({ status })}\n` : `${status}\n`);
    if (status !== 'SERVING') context.exitWith(EXIT.failed);
  });
}
