import type { Command } from 'commander';
import type { Flags } from '../../config/index.ts';
import type { CommandContext } from '../context.ts';
import { addSettingOptions } from '../setting-options.ts';

export function defineServer(command: Command, context: CommandContext): void {
  command.description(
    'Runs the Broker in the foreground until SIGTERM or SIGINT. It finishes the calls under way; a second signal ends it at ' +
      'once. Logs go to standard output, one JSON object a line.',
  );
  addSettingOptions(command, 'server');
  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker server
  $ cryptobroker server --socket /run/broker/broker.sock --profiles-dir /etc/broker
  $ cryptobroker server --dev --log-format text
  $ cryptobroker server --transport grpc-js
  $ CRYPTO_BROKER_FIPS=off cryptobroker server

Without --socket it listens where released clients of the Open Crypto Broker look, or on the sockets that a service manager
hands over (LISTEN_FDS). \`cryptobroker config\` shows all settings and their sources. Exit codes: 3 a wrong setting or profile,
4 cannot listen, 70 the FIPS self-check failed.`,
  );
  command.action(async (flags: Flags) => {
    const loaded = await context.loadSettings({ scope: 'server', flags });
    context.exitWith(await context.runServer(loaded));
  });
}
