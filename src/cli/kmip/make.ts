import { Option, type Command } from 'commander';
import type { NewKey, NewSecret } from '../../kmip-client/index.ts';
import type { CommandContext } from '../context.ts';
import { readSecret } from './read-secret.ts';
import { collectRepeated } from '../setting-options.ts';
import {
  addKeyOutputOptions,
  requireKeyOutput,
  requireNoKeyOutput,
  showKey,
  type KeyOutputFlags,
} from './key-output.ts';
import { kmipCommand, show, withKmip, type KmipFlags } from './kmip-command.ts';
import { maskOf, USAGE_WORDS } from './words.ts';

/** What can be said of an object that is made. */
interface ObjectFlags extends KmipFlags {
  readonly name?: readonly string[];
  readonly group?: string;
  readonly usage?: string;
}

interface CreateFlags extends ObjectFlags, KeyOutputFlags {
  readonly length: string;
  readonly get?: true;
}

interface RegisterFlags extends ObjectFlags {
  readonly secretFile: string;
  readonly kind: NewSecret['kind'];
}

/** What objects are used for when nothing is said. */
const USUAL = {
  'symmetric-key': 'encrypt,decrypt',
  'secret-data': 'verify',
  'opaque-object': 'verify',
} as const satisfies Record<NewSecret['kind'], string>;

export function defineCreate(parent: Command, context: CommandContext): void {
  kmipCommand(
    parent,
    'create',
    'Has the server make an AES key and prints its unique identifier. With --get the key comes back in the same message.',
    (command) => {
      command.addOption(
        new Option('--length <bits>', 'length of the key')
          .choices(['128', '192', '256'])
          .default('256'),
      );
      addObjectOptions(command, USUAL['symmetric-key']);
      command.option('--get', 'get the key at once; needs --out or --hex');
      addKeyOutputOptions(command);
    },
  ).action(async (flags: CreateFlags) => {
    const key: NewKey = { ...newObject('symmetric-key', flags), length: Number(flags.length) };
    if (flags.get === true) {
      requireKeyOutput(flags);
      await withKmip(context, flags, (client) =>
        showKey(context, flags, () => client.createAndGet(key), { withUid: true }),
      );
    } else {
      requireNoKeyOutput(flags);
      const { uid } = await withKmip(context, flags, (client) => client.create(key));
      show(context, flags, { uid }, `${uid}\n`);
    }
  });
}

export function defineRegister(parent: Command, context: CommandContext): void {
  kmipCommand(
    parent,
    'register',
    'Has the server keep a secret of yours and prints its unique identifier.',
    (command) => {
      command.requiredOption(
        '--secret-file <file>',
        'the secret, byte for byte; - reads standard input',
      );
      command.addOption(
        new Option('--kind <kind>', 'what it is; a symmetric key is an AES key')
          .choices(['secret-data', 'symmetric-key', 'opaque-object'] satisfies NewSecret['kind'][])
          .default('secret-data'),
      );
      addObjectOptions(
        command,
        `${USUAL['symmetric-key']} for a symmetric key, else ${USUAL['secret-data']}`,
      );
    },
  ).action(async (flags: RegisterFlags) => {
    const object = newObject(flags.kind, flags);
    // Connecting may start the program anew on the FIPS provider, and what was read of standard input would be lost.
    const uid = await withKmip(context, flags, async (client) => {
      const material = await readSecret(context, flags.secretFile);
      try {
        return await client.register({ ...object, kind: flags.kind, material });
      } finally {
        material.fill(0);
      }
    });
    show(context, flags, { uid }, `${uid}\n`);
  });
}

function addObjectOptions(command: Command, usual: string): void {
  command.addOption(
    new Option('--name <name>', 'a name to find it by; may be repeated').argParser(collectRepeated),
  );
  command.option('--group <name>', 'object group it belongs to');
  command.option(
    '--usage <list>',
    `what it may be used for, with commas: ${Object.keys(USAGE_WORDS).slice(0, 8).join(', ')} … (default: ${usual})`,
  );
}

function newObject(
  kind: NewSecret['kind'],
  { usage = USUAL[kind], name, group }: ObjectFlags,
): Omit<NewKey, 'length'> {
  return {
    usageMask: maskOf('--usage', USAGE_WORDS, usage),
    names: name,
    attributes:
      group === undefined
        ? undefined
        : [{ name: 'Object Group', value: { type: 'textString', value: group } }],
  };
}
