import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../../errors/index.ts';
import {
  backupVault,
  checkVault,
  restoreVault,
  VAULT_FILE,
  type VaultReport,
} from '../../vault/index.ts';
import type { CommandContext } from '../context.ts';
import { show, type LocalFlags } from '../local/local-command.ts';
import { addSettingOptions } from '../setting-options.ts';
import { pairs } from '../table.ts';

/** The commands that look at the vault's files themselves; they need no running Gateway and do not disturb one. */
export function defineVault(gateway: Command, context: CommandContext): void {
  const vault = gateway.command('vault').description("The vault's files: check, back up, restore.");
  const uid = process.geteuid?.() ?? 0;

  vaultCommand(
    vault,
    'check',
    'Checks files, rows, search terms, outbox and audit chain. Exits with 1 when something is found.',
  )
    .alias('fsck')
    .action(async (flags: LocalFlags) => {
      const report = checkVault(await vaultPath(context, flags), { uid });
      show(context, flags, report, () => reportText(report));
      if (!report.sound) context.exitWith(EXIT.failed);
    });

  vaultCommand(
    vault,
    'backup <file>',
    'Writes a copy to a new file while the Gateway runs. It holds wrapped keys only.',
  ).action(async (file: string, flags: LocalFlags) => {
    const report = backupVault(await vaultPath(context, flags), resolve(file));
    show(
      context,
      flags,
      report,
      () => `${report.keys} keys, ${report.bytes} bytes, of vault ${report.vaultId}\n`,
    );
  });

  vaultCommand(
    vault,
    'restore <file>',
    'Puts a backup where no vault is. What the vault took since the backup is not in it. It gets a new id, by which the Core ' +
      'knows to tell it every restriction that is in force.',
  ).action(async (file: string, flags: LocalFlags) => {
    const report = restoreVault(resolve(file), await vaultPath(context, flags), {
      uid,
      newVaultId: randomUUID(),
    });
    show(context, flags, report, () => `${report.keys} keys restored\n`);
  });
}

function vaultCommand(parent: Command, usage: string, description: string): Command {
  const command = parent.command(usage).description(description);
  addSettingOptions(command, 'gateway-client', ['vaultDir']);
  return command.option('--json', 'print JSON');
}

async function vaultPath(context: CommandContext, flags: LocalFlags): Promise<string> {
  const { settings } = await context.loadSettings({ scope: 'gateway-client', flags });
  return join(settings.gateway.vaultDir, VAULT_FILE);
}

function reportText({ sound, findings, moreFindings, contents }: VaultReport): string {
  const lines = findings.map(({ kind, message }) => `${kind}: ${message}\n`);
  if (moreFindings > 0) lines.push(`and ${moreFindings} more\n`);
  const facts = contents && [
    ['vault', `${contents.vaultId}, generation ${contents.generation}`] as const,
    ['keys', `${contents.keys}, ${contents.quarantined} quarantined`] as const,
    ['outbox', `${contents.outboxDepth} entries`] as const,
    ['audit', `${contents.auditEntries} entries`] as const,
  ];
  return `${facts === undefined ? '' : pairs(facts)}${lines.join('')}${sound ? 'sound\n' : ''}`;
}
