import type { Command } from 'commander';
import { BrokerError } from '../../errors/index.ts';
import type { VaultKey } from '../../generated/cryptobroker/gateway/v1/status.ts';
import { GATEWAY_STATUS } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { timeText } from '../core/words.ts';
import { askGateway, localCommand, show, type LocalFlags } from '../local/local-command.ts';
import { table } from '../table.ts';

interface KeysFlags extends LocalFlags {
  readonly tenant?: string;
  readonly service?: string;
  readonly quarantined?: true;
  readonly limit: string;
  readonly after?: string;
}

export function defineVaultKeys(gateway: Command, context: CommandContext): void {
  localCommand(
    gateway,
    'gateway-client',
    'keys',
    'Lists the keys in the vault in the order they were made, or those in quarantine.',
  )
    .option('--tenant <tenant>', 'only those of one tenant')
    .option('--service <service>', 'only those of one service of it')
    .option('--quarantined', 'only keys that are not served because something is wrong with them')
    .option('--limit <n>', 'at most so many, 1 to 1000', '100')
    .option('--after <token>', 'go on where the list before ended')
    .action(async (flags: KeysFlags) => {
      if (!/^[1-9]\d{0,2}$|^1000$/.test(flags.limit)) {
        throw new BrokerError('USAGE', '--limit: must be 1 to 1000');
      }
      const ask = await askGateway(context, flags);
      const method = flags.quarantined ? GATEWAY_STATUS.listQuarantine : GATEWAY_STATUS.listKeys;
      const answer = await ask(method, {
        tenantId: flags.tenant ?? '',
        serviceId: flags.service ?? '',
        pageToken: Buffer.from(flags.after ?? '', 'hex'),
        pageSize: Number(flags.limit),
      });
      show(context, flags, answer, () => {
        const next = Buffer.from(answer.nextPageToken).toString('hex');
        return listText(answer.keys) + (next === '' ? '' : `more: --after ${next}\n`);
      });
    });
}

function listText(keys: readonly VaultKey[]): string {
  return table(
    ['UID', 'TENANT', 'SERVICE', 'STATE', 'SERVICE KEY', 'MADE', 'NOTE'].map((title) => ({
      title,
    })),
    keys.map((key) => [
      key.uid,
      key.tenantId,
      key.serviceId,
      key.state,
      `version ${key.serviceKeyVersion}`,
      timeText(key.createdAt),
      noteOf(key),
    ]),
  );
}

function noteOf({ quarantine, unbound }: VaultKey): string {
  if (quarantine !== '') return `quarantined: ${quarantine}`;
  return unbound ? 'waits for its service key' : '';
}
