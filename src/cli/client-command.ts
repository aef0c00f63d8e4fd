import { Option, type Command } from 'commander';
import type { CallOptions, Client, ClientTransport } from '../client/index.ts';
import type { Flags } from '../config/index.ts';
import type { CliContext } from './context.ts';
import { addSettingOptions } from './setting-options.ts';

/** Options that every command has that calls a server. */
export interface ClientFlags extends Flags {
  readonly clientTransport: ClientTransport;
  readonly wait?: true;
}

/** Those of the client library, which is not loaded before a call is made. */
export const CLIENT_TRANSPORT_NAMES = [
  'auto',
  'lean',
  'native',
  'grpc-js',
] as const satisfies readonly ClientTransport[];

export function addClientOptions(command: Command): void {
  addSettingOptions(command, 'client');
  command.addOption(
    new Option(
      '--client-transport <name>',
      'how gRPC is spoken: auto takes the fastest, native needs the addon',
    )
      .choices(CLIENT_TRANSPORT_NAMES)
      .default('auto'),
  );
  command.option('--wait', 'wait for the server, until the deadline, when it is not there yet');
}

/**
 * Runs `use` with a client for the server that the flags, the environment or the configuration name, and closes it
 * afterwards. `deadlineMs` is in the call options only when somebody chose one, so that slow methods keep their own.
 */
export async function withClient<T>(
  context: CliContext,
  flags: ClientFlags,
  use: (client: Client, options: CallOptions) => Promise<T>,
): Promise<T> {
  const { settings, sources } = await context.loadSettings({ scope: 'client', flags });
  const { socket, deadlineMs } = settings.client;
  const chosen = sources.get('client.deadlineMs')?.kind !== 'default';
  const client = await context.connect({
    socket,
    deadlineMs,
    transport: flags.clientTransport,
    ...(flags.wait ? {} : { retry: false }),
  });
  try {
    return await use(client, chosen ? { deadlineMs } : {});
  } finally {
    await client.close();
  }
}
