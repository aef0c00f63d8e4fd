import type { Command } from 'commander';
import { BrokerError } from '../../errors/index.ts';
import type { KeyDetails } from '../../generated/cryptobroker/gateway/v1/admin.ts';
import { REVOCATION_REASON_CODE } from '../../kmip/tables/enumerations.ts';
import { CORE_ADMIN } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { askCore, show } from '../local/local-command.ts';
import { pairs, table } from '../table.ts';
import { adminCommand, type AdminFlags } from './admin-command.ts';
import { blastPairs, keyStateText, timeText } from './words.ts';

interface ListFlags extends AdminFlags {
  readonly service?: string;
  readonly limit: string;
  readonly after?: string;
}

interface ReasonFlags extends AdminFlags {
  readonly message?: string;
}

/** What an administrator may do with a data key, and the Revocation Reason that goes with it. */
const ACTIONS = [
  ['suspend', 0, 'Get is refused everywhere until the key is resumed.'],
  ['resume', 0, 'Lets a suspended key go on.'],
  [
    'deactivate',
    REVOCATION_REASON_CODE.cessationOfOperation,
    'The key protects nothing new from now on.',
  ],
  [
    'compromise',
    REVOCATION_REASON_CODE.keyCompromise,
    'Revokes the key for key compromise: Get is refused everywhere, for good.',
  ],
  ['destroy', 0, 'Destroys the key: its wrapped form is removed everywhere.'],
] as const;

export function defineKeys(core: Command, context: CommandContext): void {
  const keys = core.command('key').description('Data keys that Gateways registered.');

  adminCommand(keys, 'list <tenant>', 'Lists the keys of a tenant in the order they were made.')
    .option('--service <service>', 'only those of one service')
    .option('--limit <n>', 'at most so many, 1 to 1000', '100')
    .option('--after <token>', 'go on where the list before ended')
    .action(async (tenantId: string, flags: ListFlags) => {
      if (!/^[1-9]\d{0,2}$|^1000$/.test(flags.limit)) {
        throw new BrokerError('USAGE', '--limit: must be 1 to 1000');
      }
      const ask = await askCore(context, flags);
      const answer = await ask(CORE_ADMIN.listKeys, {
        tenantId,
        serviceId: flags.service ?? '',
        limit: Number(flags.limit),
        after: flags.after ?? '',
        state: 0,
      });
      show(context, flags, answer, () => listText(answer.keys, answer.next));
    });

  adminCommand(keys, 'show <tenant> <uid>', 'Shows what is known of a key.').action(
    async (tenantId: string, uid: string, flags: AdminFlags) => {
      const ask = await askCore(context, flags);
      const key = await ask(CORE_ADMIN.getKey, { tenantId, uid });
      show(context, flags, key, () => pairs(keyPairs(key)));
    },
  );

  for (const [action, reasonCode, description] of ACTIONS) {
    adminCommand(keys, `${action} <tenant> <uid>`, description)
      .option('--message <text>', 'why, for the audit')
      .option('--dry-run', 'only count what it would hit')
      .action(async (tenantId: string, uid: string, flags: ReasonFlags) => {
        const ask = await askCore(context, flags);
        const answer = await ask(CORE_ADMIN.setKeyState, {
          tenantId,
          uid,
          action,
          reasonCode,
          reasonMessage: flags.message ?? '',
          dryRun: flags.dryRun === true,
        });
        show(context, flags, answer, () => pairs(blastPairs(answer)));
      });
  }
}

function listText(keys: readonly KeyDetails[], next: string): string {
  const rows = table(
    ['UID', 'SERVICE', 'STATE', 'SERVICE KEY', 'MADE', 'MADE BY', 'ESCROW'].map((title) => ({
      title,
    })),
    keys.map((key) => [
      key.uid,
      key.serviceId,
      keyStateText(key.state),
      String(key.serviceKeyVersion),
      timeText(key.createdAt) + (key.offline ? ' (link cut)' : ''),
      key.creator,
      key.escrowed ? 'wrapped' : 'none',
    ]),
  );
  return next === '' ? rows : `${rows}more: --after ${next}\n`;
}

function keyPairs(key: KeyDetails): [string, string | undefined][] {
  return [
    ['uid', key.uid],
    ['tenant', key.tenantId],
    ['service', key.serviceId],
    ['state', keyStateText(key.state)],
    ['service key', `${key.serviceKeyId}, version ${key.serviceKeyVersion}`],
    ['made', timeText(key.createdAt) + (key.offline ? ', while the link was cut' : '')],
    ['made by', key.creator],
    ['gateway', key.gatewayId],
    ['escrow', key.escrowed ? 'wrapped' : 'none'],
  ];
}
