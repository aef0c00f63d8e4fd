import { Option, type Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { parseTime } from '../time.ts';
import { kmipCommand, show, withKmip, type KmipFlags } from './kmip-command.ts';
import { REVOCATION_WORDS, valueOf } from './words.ts';

export function defineActivate(parent: Command, context: CommandContext): void {
  kmipCommand(parent, 'activate <uid>', 'Allows an object to be used.', () => undefined).action(
    async (uid: string, flags: KmipFlags) => {
      await withKmip(context, flags, (client) => client.activate(uid));
      done(context, flags, uid);
    },
  );
}

interface RevokeFlags extends KmipFlags {
  readonly reason: string;
  readonly message?: string;
  readonly compromisedSince?: string;
}

export function defineRevoke(parent: Command, context: CommandContext): void {
  kmipCommand(
    parent,
    'revoke <uid>',
    'Ends the use of an object. After a compromise it is Compromised, for any other reason Deactivated.',
    (command) => {
      command.addOption(
        new Option('--reason <reason>', 'why')
          .choices(Object.keys(REVOCATION_WORDS))
          .makeOptionMandatory(),
      );
      command.option('--message <text>', 'text that is kept with the reason');
      command.option(
        '--compromised-since <time>',
        'when it was first compromised: 2026-01-31T12:00:00Z, or seconds since 1970',
      );
    },
  ).action(async (uid: string, flags: RevokeFlags) => {
    const { message, compromisedSince } = flags;
    const revocation = {
      reason: valueOf('--reason', REVOCATION_WORDS, flags.reason),
      message,
      compromiseOccurrenceDate:
        compromisedSince === undefined ? undefined : seconds(compromisedSince),
    };
    await withKmip(context, flags, (client) => client.revoke(uid, revocation));
    done(context, flags, uid);
  });
}

export function defineDestroy(parent: Command, context: CommandContext): void {
  kmipCommand(
    parent,
    'destroy <uid>',
    'Destroys the key of an object for good. An active object has to be revoked first.',
    () => undefined,
  ).action(async (uid: string, flags: KmipFlags) => {
    await withKmip(context, flags, (client) => client.destroy(uid));
    done(context, flags, uid);
  });
}

function done(context: CommandContext, flags: KmipFlags, uid: string): void {
  show(context, flags, { uid }, `${uid}\n`);
}

function seconds(text: string): bigint {
  const time = parseTime('--compromised-since', text);
  return typeof time === 'bigint' ? time : BigInt(Math.floor(time.getTime() / 1000));
}
