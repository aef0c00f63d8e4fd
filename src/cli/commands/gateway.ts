import type { Command } from 'commander';
import type { Flags } from '../../config/index.ts';
import { EXIT } from '../../errors/index.ts';
import { GATEWAY_STATUS } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { defineVaultKeys } from '../gateway/keys.ts';
import { statusText } from '../gateway/status-text.ts';
import { defineVault } from '../gateway/vault.ts';
import { defineGatewayHealth } from '../local/health-command.ts';
import { askGateway, localCommand, show, type LocalFlags } from '../local/local-command.ts';
import { runByDefault } from '../local/run-by-default.ts';
import { addSettingOptions } from '../setting-options.ts';

export function defineGateway(command: Command, context: CommandContext): void {
  command.description(
    'The Krypton Gateway: KMIP over mTLS beside the workload. It makes and returns data keys by itself, and passes on to the ' +
      'Core what the Core decides. Without a subcommand it runs.',
  );

  const run = runByDefault(command).description(
    'Runs the Gateway in the foreground until SIGTERM or SIGINT. Logs go to standard output, one JSON object a line.',
  );
  addSettingOptions(run, 'gateway');
  run.action(async (flags: Flags) => {
    const loaded = await context.loadSettings({ scope: 'gateway', flags });
    context.exitWith(await context.runGateway(loaded));
  });

  localCommand(
    command,
    'gateway-client',
    'status',
    'Shows link, leases, outbox, vault, FIPS and entropy source. Exits with 1 when the Gateway is not ready.',
  ).action(async (flags: LocalFlags) => {
    const ask = await askGateway(context, flags);
    const status = await ask(GATEWAY_STATUS.getStatus, {});
    show(context, flags, status, () => statusText(status));
    if (!status.ready) context.exitWith(EXIT.failed);
  });

  defineGatewayHealth(command, context);
  defineVaultKeys(command, context);
  defineVault(command, context);

  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker gateway --cert kmip.pem --key kmip.key --core core.example:7443 --core-ca core-ca.pem \\
      --core-cert gateway.pem --core-key gateway.key
  $ cryptobroker gateway status
  $ cryptobroker gateway health --live || echo restart it
  $ cryptobroker gateway keys --quarantined
  $ cryptobroker gateway vault backup /backup/vault-$(date +%F).db

It serves on while the Core is out of reach, for as long as the service's policy allows: \`status\` says how long. Exit codes:
3 a wrong setting, a key file or the vault cannot be used, 4 cannot listen, 70 the FIPS self-check failed.`,
  );
}
