import type { Command } from 'commander';
import type { Flags } from '../../config/index.ts';
import type { UnaryWireMethod } from '../../uplink-wire/index.ts';
import type { CommandContext } from '../context.ts';
import { addSettingOptions } from '../setting-options.ts';

/** Options of every command that asks a running Core or Gateway on its local socket. */
export interface LocalFlags extends Flags {
  readonly json?: true;
}

/** Asks the running program. */
export type Ask = <Request, Response>(
  method: UnaryWireMethod<Request, Response>,
  request: Request,
) => Promise<Response>;

/** Whose socket it is. */
export type LocalScope = 'core-client' | 'gateway-client';

/** A subcommand that asks a running program: the settings of its scope, or some of them by name, and `--json`. */
export function localCommand(
  parent: Command,
  scope: LocalScope,
  usage: string,
  description: string,
  only?: readonly string[],
): Command {
  const command = parent.command(usage).description(description);
  addSettingOptions(command, scope, only);
  return command.option('--json', 'print JSON');
}

/** The local socket of the program that the flags name. */
export async function localSocket(
  context: CommandContext,
  scope: LocalScope,
  flags: LocalFlags,
): Promise<string> {
  const { settings } = await context.loadSettings({ scope, flags });
  return scope === 'core-client' ? settings.core.adminSocket : settings.gateway.statusSocket;
}

/** The way to the Core that the flags name. */
export async function askCore(context: CommandContext, flags: LocalFlags): Promise<Ask> {
  const socket = await localSocket(context, 'core-client', flags);
  return (method, request) => context.callLocal(socket, method, request);
}

/** The way to the Gateway that the flags name. */
export async function askGateway(context: CommandContext, flags: LocalFlags): Promise<Ask> {
  const socket = await localSocket(context, 'gateway-client', flags);
  return (method, request) => context.callLocal(socket, method, request);
}

/** Prints an answer for scripts or for people. */
export function show(
  context: CommandContext,
  flags: LocalFlags,
  answer: unknown,
  text: () => string,
): void {
  context.writeOut(flags.json ? `${JSON.stringify(answer, plain)}\n` : text());
}

/** Bytes as hexadecimal, 64-bit numbers as numbers: they are counts. */
function plain(this: Readonly<Record<string, unknown>>, name: string, given: unknown): unknown {
  // What is given for a Buffer is what its toJSON() made of it.
  const value = this[name];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof given === 'bigint' ? Number(given) : given;
}
