import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Flags } from '../../config/index.ts';
import { BrokerError } from '../../errors/index.ts';
import type { GetStatusResponse } from '../../generated/cryptobroker/gateway/v1/admin.ts';
import { CORE_ADMIN } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { adminCommand, type AdminFlags } from '../core/admin-command.ts';
import { defineGateways } from '../core/gateways.ts';
import { defineKeys } from '../core/keys.ts';
import { defineServices } from '../core/services.ts';
import { defineTenants } from '../core/tenants.ts';
import { defineCoreHealth } from '../local/health-command.ts';
import { askCore, show } from '../local/local-command.ts';
import { systemCode } from '../read-bounded.ts';
import { runByDefault } from '../local/run-by-default.ts';
import { addSettingOptions } from '../setting-options.ts';
import { pairs } from '../table.ts';

/** Bytes of a root secret. */
const ROOT_SECRET_BYTES = 32;

export function defineCore(command: Command, context: CommandContext): void {
  command.description(
    'The reference Core: tenants, services, service keys, and the Gateways that serve them. Without a subcommand it runs.',
  );

  const run = runByDefault(command).description(
    'Runs the Core in the foreground until SIGTERM or SIGINT. Logs go to standard output, one JSON object a line.',
  );
  addSettingOptions(run, 'core');
  run.action(async (flags: Flags) => {
    const loaded = await context.loadSettings({ scope: 'core', flags });
    context.exitWith(await context.runCore(loaded));
  });

  adminCommand(command, 'status', 'Shows what runs: identity, FIPS, counts, Gateways.').action(
    async (flags: AdminFlags) => {
      const ask = await askCore(context, flags);
      const status = await ask(CORE_ADMIN.getStatus, {});
      show(context, flags, status, () => pairs(statusPairs(status)));
    },
  );

  defineCoreHealth(command, context);
  defineTenants(command, context);
  defineServices(command, context);
  defineGateways(command, context);
  defineKeys(command, context);

  adminCommand(
    command,
    'backup <file>',
    'Writes a copy of the store to a new file while the Core runs. It holds wrapped keys only; the root secret is not in it.',
  ).action(async (file: string, flags: AdminFlags) => {
    const ask = await askCore(context, flags);
    const answer = await ask(CORE_ADMIN.backup, { path: resolve(file) });
    show(context, flags, answer, () => `${String(answer.bytes)} bytes, SHA-256 ${answer.sha256}\n`);
  });

  command
    .command('restore <backup> <data-dir>')
    .description(
      'Puts a backup into an empty data directory. The Core that starts on it has a higher epoch, so that Gateways know.',
    )
    .action(async (backup: string, directory: string) => {
      await context.restoreCore(resolve(backup), resolve(directory));
      context.writeOut(`restored; start it with the root secret of that Core\n`);
    });

  command
    .command('root-secret <file>')
    .description(
      'Makes a root secret in a new file of mode 0600. Whoever has it and the store has every key.',
    )
    .action((file: string) => {
      writeRootSecret(file);
      context.writeOut('made; keep a copy where the store and its backups are not\n');
    });

  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker core root-secret root.hex
  $ cryptobroker core --cert core.pem --key core.key --gateway-ca gateways.pem --root-secret-file $PWD/root.hex
  $ cryptobroker core tenant create acme --client-ca acme-ca.pem --rule payments=spiffe:spiffe://acme.example/payments/
  $ cryptobroker core service create acme payments --policy activate-on-create=true
  $ cryptobroker core gateway create gw-1 --identity spiffe://example.org/gateway/gw-1 --scope acme/payments
  $ cryptobroker core key compromise acme 1f0c…  --dry-run`,
  );
}

function statusPairs(status: GetStatusResponse): [string, string | undefined][] {
  const { core, gateways } = status;
  return [
    ['cluster', core?.clusterId],
    ['epoch', core === undefined ? undefined : String(core.epoch)],
    ['region', core?.region],
    ['version', status.version],
    ['fips', status.fips],
    ['library', status.openssl],
    ['provider', status.fipsProvider],
    ['uplink', status.uplinkAddress],
    ['tenants', String(status.tenants)],
    ['services', String(status.services)],
    ['keys', String(status.keys)],
    [
      'gateways',
      `${gateways.filter(({ connected }) => connected).length} of ${gateways.length} connected`,
    ],
  ];
}

function writeRootSecret(path: string): void {
  const secret = randomBytes(ROOT_SECRET_BYTES);
  try {
    const descriptor = openSync(path, 'wx', 0o600);
    try {
      // Raw bytes: as text the secret would be a string that nobody can wipe.
      writeSync(descriptor, secret);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new BrokerError('INPUT_INVALID', `cannot make ${path} (${systemCode(cause)})`, { cause });
  } finally {
    secret.fill(0);
  }
}
