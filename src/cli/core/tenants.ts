import type { Command } from 'commander';
import { CORE_ADMIN } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { askCore, show } from '../local/local-command.ts';
import { collectRepeated } from '../setting-options.ts';
import { pairs, table } from '../table.ts';
import { adminCommand, type AdminFlags } from './admin-command.ts';
import { readTrust, ruleText, TRUST_HELP } from './trust-options.ts';
import { blastPairs, timeText } from './words.ts';

interface TrustFlags extends AdminFlags {
  readonly clientCa: string;
  readonly rule?: readonly string[];
  readonly name?: string;
}

const STATE_COMMANDS = [
  ['suspend', 'SUSPENDED', 'Stops all services of a tenant, everywhere, until it is restored.'],
  ['revoke', 'REVOKED', 'Stops all services of a tenant for good.'],
  ['restore', 'ACTIVE', 'Lets a suspended tenant go on.'],
] as const;

export function defineTenants(core: Command, context: CommandContext): void {
  const tenants = core.command('tenant').description('Tenants, and whose clients are theirs.');

  trustOptions(
    adminCommand(tenants, 'create <tenant>', 'Makes a tenant.').option(
      '--name <text>',
      'name for people',
    ),
  ).action(async (tenantId: string, flags: TrustFlags) => {
    const trust = await readTrust(tenantId, flags.clientCa, flags.rule ?? []);
    const ask = await askCore(context, flags);
    const answer = await ask(CORE_ADMIN.createTenant, {
      tenantId,
      name: flags.name ?? tenantId,
      trust,
    });
    show(context, flags, answer, () => `tenant ${answer.tenantId} is ${answer.state}\n`);
  });

  adminCommand(tenants, 'list', 'Lists the tenants with their rules.').action(
    async (flags: AdminFlags) => {
      const ask = await askCore(context, flags);
      const { tenants: found } = await ask(CORE_ADMIN.listTenants, {});
      show(context, flags, found, () =>
        table(
          ['TENANT', 'STATE', 'SERVICES', 'SINCE', 'RULES'].map((title) => ({ title })),
          found.map(({ tenantId, state, services, createdAt, trust }) => [
            tenantId,
            state,
            String(services),
            timeText(createdAt),
            (trust?.rules ?? []).map(ruleText).join('  '),
          ]),
        ),
      );
    },
  );

  trustOptions(
    adminCommand(tenants, 'trust <tenant>', "Replaces a tenant's CAs and rules."),
  ).action(async (tenantId: string, flags: TrustFlags) => {
    const trust = await readTrust(tenantId, flags.clientCa, flags.rule ?? []);
    const ask = await askCore(context, flags);
    const answer = await ask(CORE_ADMIN.setTenantTrust, { trust });
    show(context, flags, answer, () =>
      [`tenant ${tenantId} trusts:`, ...trust.rules.map(ruleText), ''].join('\n'),
    );
  });

  for (const [name, state, description] of STATE_COMMANDS) {
    adminCommand(tenants, `${name} <tenant>`, description)
      .option('--dry-run', 'only count what it would hit')
      .action(async (tenantId: string, flags: AdminFlags) => {
        const ask = await askCore(context, flags);
        const answer = await ask(CORE_ADMIN.setTenantState, {
          tenantId,
          state,
          dryRun: flags.dryRun === true,
        });
        show(context, flags, answer, () => pairs(blastPairs(answer)));
      });
  }
}

function trustOptions(command: Command): Command {
  return command
    .requiredOption('--client-ca <file>', "CA certificates of the tenant's clients, PEM")
    .option('--rule <rule>', 'which client speaks for which service; repeatable', collectRepeated)
    .addHelpText('after', `\n${TRUST_HELP}`);
}
