import type { Command } from 'commander';
import { BrokerError } from '../../errors/index.ts';
import { SealingMode, type Scope } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { CORE_ADMIN } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { askCore, show } from '../local/local-command.ts';
import { collectRepeated } from '../setting-options.ts';
import { pairs, table } from '../table.ts';
import { adminCommand, type AdminFlags } from './admin-command.ts';
import { blastPairs, timeText } from './words.ts';

interface CreateFlags extends AdminFlags {
  readonly identity: string;
  readonly scope?: readonly string[];
}

export function defineGateways(core: Command, context: CommandContext): void {
  const gateways = core
    .command('gateway')
    .description('Gateways that may enrol, and how they are.');

  adminCommand(gateways, 'create <name>', 'Declares a Gateway: from then on it may enrol.')
    .requiredOption(
      '--identity <uri>',
      'the one URI of its certificate: spiffe://<trust domain>/gateway/<name>',
    )
    .option('--scope <tenant/service>', 'a service it may serve; repeatable', collectRepeated)
    .action(async (name: string, flags: CreateFlags) => {
      const ask = await askCore(context, flags);
      const answer = await ask(CORE_ADMIN.createGateway, {
        name,
        identity: flags.identity,
        scopes: (flags.scope ?? []).map(parseScope),
      });
      show(
        context,
        flags,
        answer,
        () => `gateway ${answer.name} is declared as ${answer.gatewayId}\n`,
      );
    });

  adminCommand(
    gateways,
    'list',
    'Lists Gateways: link, backlog, and what they have not applied yet.',
  ).action(async (flags: AdminFlags) => {
    const ask = await askCore(context, flags);
    const { gateways: found } = await ask(CORE_ADMIN.listGateways, {});
    show(context, flags, found, () =>
      table(
        [
          { title: 'NAME' },
          { title: 'STATE' },
          { title: 'LINK' },
          { title: 'LAST HEARTBEAT' },
          { title: 'OUTBOX', align: 'right' },
          { title: 'NOT APPLIED', align: 'right' },
          { title: 'IN FORCE AT THE LATEST' },
          { title: 'SCOPES' },
        ],
        found.map((gateway) => [
          gateway.name,
          gateway.state,
          gateway.connected ? 'connected' : 'cut',
          timeText(gateway.lastHeartbeat),
          String(gateway.outboxDepth),
          String(gateway.unacknowledged),
          gateway.unacknowledged === 0n ? '' : timeText(gateway.worstCase),
          gateway.scopes.map((scope) => `${scope.tenantId}/${scope.serviceId}`).join(' '),
        ]),
      ),
    );
  });

  adminCommand(gateways, 'decommission <gateway-id>', 'Takes a Gateway out of service for good.')
    .option('--dry-run', 'only count what it would hit')
    .action(async (gatewayId: string, flags: AdminFlags) => {
      const ask = await askCore(context, flags);
      const answer = await ask(CORE_ADMIN.decommissionGateway, {
        gatewayId,
        dryRun: flags.dryRun === true,
      });
      show(context, flags, answer, () => pairs(blastPairs(answer)));
    });
}

function parseScope(text: string): Scope {
  const [, tenantId = '', serviceId = ''] =
    /^([A-Za-z0-9._-]{1,128})\/([A-Za-z0-9._-]{1,128})$/.exec(text) ?? [];
  if (tenantId === '') {
    throw new BrokerError('USAGE', `--scope ${text}: must be TENANT/SERVICE`);
  }
  return {
    tenantId,
    serviceId,
    serviceKeyId: '',
    sealing: SealingMode.SEALING_MODE_SERVICE_KEY,
  };
}
