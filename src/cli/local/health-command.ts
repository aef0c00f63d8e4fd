import type { Command } from 'commander';
import { BrokerError, EXIT } from '../../errors/index.ts';
import type { CommandContext } from '../context.ts';
import { localCommand, localSocket, type LocalFlags, type LocalScope } from './local-command.ts';

interface HealthFlags extends LocalFlags {
  readonly live?: true;
  readonly ready?: true;
}

/** Milliseconds for the answer: with the start of this process, a probe knows within two seconds. */
const DEADLINE_MS = 1500;

const DESCRIPTION =
  'Asks the running program how it is, for probes: exits with 0 when the answer is SERVING, with 1 when it is not or when ' +
  'nobody answers within 1.5 seconds.';

/** What the two questions mean for a program. */
interface HealthWords {
  readonly ready: string;
  readonly live: string;
}

export function defineGatewayHealth(gateway: Command, context: CommandContext): void {
  defineHealth(gateway, context, 'gateway-client', {
    ready:
      'KMIP clients are served, with the Core or for as long as a service key may be used without it',
    live: 'the Gateway answers; neither the link to the Core nor a full disk changes that',
  });
}

export function defineCoreHealth(core: Command, context: CommandContext): void {
  defineHealth(core, context, 'core-client', {
    ready: 'Gateways can connect',
    live: 'the Core answers',
  });
}

function defineHealth(
  parent: Command,
  context: CommandContext,
  scope: LocalScope,
  words: HealthWords,
): void {
  localCommand(parent, scope, 'health', DESCRIPTION, ['statusSocket', 'adminSocket'])
    .option('--ready', `readiness, which is the default: ${words.ready}`)
    .option('--live', `liveness: ${words.live}`)
    .action(async (flags: HealthFlags) => {
      if (flags.live && flags.ready) {
        throw new BrokerError('USAGE', 'give --live or --ready, not both');
      }
      const socket = await localSocket(context, scope, flags);
      const status = await ask(context, socket, flags.live ? 'liveness' : 'readiness');
      context.writeOut(flags.json ? `${JSON.stringify({ status })}\n` : `${status}\n`);
      if (status !== 'SERVING') context.exitWith(EXIT.failed);
    });
}

/** With the client of the Broker, which is quicker to load than what administration speaks through. */
async function ask(context: CommandContext, socket: string, service: string): Promise<string> {
  const client = await context.connect({ socket, deadlineMs: DEADLINE_MS, retry: false });
  try {
    return await client.health({ service });
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== 'UNAVAILABLE') throw error;
    throw new BrokerError('LOCAL_UNREACHABLE', `nothing answers on ${socket}`, { cause: error });
  } finally {
    await client.close();
  }
}
