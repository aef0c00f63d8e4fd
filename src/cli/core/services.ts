import type { Command } from 'commander';
import { BrokerError } from '../../errors/index.ts';
import type { Service } from '../../generated/cryptobroker/gateway/v1/admin.ts';
import { CORE_ADMIN } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { askCore, show } from '../local/local-command.ts';
import { collectRepeated } from '../setting-options.ts';
import { pairs, table } from '../table.ts';
import { adminCommand, type AdminFlags } from './admin-command.ts';
import { applyPolicies, DEFAULT_POLICY, policyHelp, policyPairs } from './policy-options.ts';
import {
  blastPairs,
  SERVICE_KEY_STATE_NAMES,
  serviceKeyState,
  serviceKeyStateText,
  timeText,
} from './words.ts';

interface PolicyFlags extends AdminFlags {
  readonly policy?: readonly string[];
}

export function defineServices(core: Command, context: CommandContext): void {
  const services = core
    .command('service')
    .description('Services, their service keys and their policies.');

  policyOption(
    adminCommand(
      services,
      'create <tenant> <service>',
      'Makes a service with its first service key (L3).',
    ),
  ).action(async (tenantId: string, serviceId: string, flags: PolicyFlags) => {
    const policy = applyPolicies({ tenantId, serviceId, ...DEFAULT_POLICY }, flags.policy ?? []);
    const ask = await askCore(context, flags);
    const answer = await ask(CORE_ADMIN.createService, { tenantId, serviceId, policy });
    show(context, flags, answer, () => serviceText(answer));
  });

  adminCommand(services, 'list [tenant]', 'Lists services and the versions of their keys.').action(
    async (tenantId: string | undefined, flags: AdminFlags) => {
      const ask = await askCore(context, flags);
      const { services: found } = await ask(CORE_ADMIN.listServices, { tenantId: tenantId ?? '' });
      show(context, flags, found, () =>
        table(
          [
            { title: 'TENANT' },
            { title: 'SERVICE' },
            { title: 'VERSION', align: 'right' },
            { title: 'STATE' },
            { title: 'SINCE' },
            { title: 'KEYS', align: 'right' },
            { title: 'CHECK VALUE' },
          ],
          found.flatMap((service) =>
            service.versions.map((one) => [
              service.tenantId,
              service.serviceId,
              String(one.version),
              serviceKeyStateText(one.state),
              timeText(one.createdAt),
              String(one.keys),
              Buffer.from(one.keyCheckValue).toString('hex'),
            ]),
          ),
        ),
      );
    },
  );

  policyOption(
    adminCommand(
      services,
      'policy <tenant> <service>',
      "Shows a service's policy, or changes it: what is not named stays.",
    ),
  ).action(async (tenantId: string, serviceId: string, flags: PolicyFlags) => {
    const ask = await askCore(context, flags);
    const { services: found } = await ask(CORE_ADMIN.listServices, { tenantId });
    const current = found.find((one) => one.serviceId === serviceId);
    if (current?.policy === undefined) {
      throw new BrokerError('INPUT_INVALID', `there is no service ${serviceId} of this tenant`);
    }
    const changes = flags.policy ?? [];
    const answer =
      changes.length === 0
        ? current
        : await ask(CORE_ADMIN.setServicePolicy, {
            policy: applyPolicies(current.policy, changes),
          });
    show(context, flags, answer, () => serviceText(answer));
  });

  adminCommand(
    services,
    'rotate <tenant> <service>',
    'Makes a new version of the service key: it wraps from now on, the one before only unwraps.',
  ).action(async (tenantId: string, serviceId: string, flags: AdminFlags) => {
    const ask = await askCore(context, flags);
    const answer = await ask(CORE_ADMIN.rotateServiceKey, { tenantId, serviceId });
    show(context, flags, answer, () => serviceText(answer));
  });

  adminCommand(
    services,
    'set-key <tenant> <service> <version> <state>',
    `Changes the state of a version of the service key: ${SERVICE_KEY_STATE_NAMES.join(', ')}. Compromised and destroyed are final.`,
  )
    .option('--dry-run', 'only count what it would hit')
    .action(
      async (
        tenantId: string,
        serviceId: string,
        version: string,
        state: string,
        flags: AdminFlags,
      ) => {
        if (!/^[1-9]\d{0,8}$/.test(version)) {
          throw new BrokerError('USAGE', 'version must be a whole number from 1');
        }
        if (!SERVICE_KEY_STATE_NAMES.includes(state)) {
          throw new BrokerError(
            'USAGE',
            `state must be one of ${SERVICE_KEY_STATE_NAMES.join(', ')}`,
          );
        }
        const ask = await askCore(context, flags);
        const answer = await ask(CORE_ADMIN.setServiceKeyState, {
          tenantId,
          serviceId,
          version: Number(version),
          state: serviceKeyState(state),
          dryRun: flags.dryRun === true,
        });
        show(context, flags, answer, () => pairs(blastPairs(answer)));
      },
    );
}

function policyOption(command: Command): Command {
  return command
    .option('--policy <name=value>', 'a policy of the service; repeatable', collectRepeated)
    .addHelpText('after', `\nPolicies:\n${policyHelp()}`);
}

function serviceText({ tenantId, serviceId, versions, policy, keys }: Service): string {
  return pairs([
    ['tenant', tenantId],
    ['service', serviceId],
    ...versions.map(({ version, state }): [string, string] => [
      `key version ${version}`,
      serviceKeyStateText(state),
    ]),
    ['keys', String(keys)],
    ...(policy === undefined ? [] : policyPairs(policy)),
  ]);
}
