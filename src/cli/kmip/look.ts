import { Option, type Command } from 'commander';
import type { NewAttribute } from '../../kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../kmip/attributes/build.ts';
import { QUERY_FUNCTION } from '../../kmip/tables/enumerations.ts';
import { versionText } from '../../kmip/version.ts';
import type { KmipClient } from '../../kmip-client/index.ts';
import type { CommandContext } from '../context.ts';
import { pairs } from '../table.ts';
import { attributeTexts } from './attribute-text.ts';
import {
  addKeyOutputOptions,
  requireKeyOutput,
  showKey,
  type KeyOutputFlags,
} from './key-output.ts';
import { kmipCommand, show, withKmip, type KmipFlags } from './kmip-command.ts';
import { count } from './numbers.ts';
import { objectTypeName, OBJECT_TYPE_WORDS, operationName, STATE_WORDS, valueOf } from './words.ts';

export function defineGet(parent: Command, context: CommandContext): void {
  kmipCommand(
    parent,
    'get <uid>',
    'Gets a key or secret. It is written where you say, and shown nowhere else.',
    addKeyOutputOptions,
  ).action(async (uid: string, flags: KeyOutputFlags) => {
    requireKeyOutput(flags);
    await withKmip(context, flags, (client) =>
      showKey(context, flags, () => client.get(uid), { withUid: false }),
    );
  });
}

interface LocateFlags extends KmipFlags {
  readonly name?: string;
  readonly group?: string;
  readonly objectType?: string;
  readonly state?: string;
  readonly max?: string;
  readonly offset?: string;
}

export function defineLocate(parent: Command, context: CommandContext): void {
  kmipCommand(
    parent,
    'locate',
    'Prints the unique identifiers of the objects that fit all that is asked for; without anything, of all.',
    (command) => {
      command.option('--name <name>', 'objects with this name');
      command.option('--group <name>', 'objects of this group');
      command.addOption(
        new Option('--object-type <type>', 'objects of this type').choices(
          Object.keys(OBJECT_TYPE_WORDS),
        ),
      );
      command.addOption(
        new Option('--state <state>', 'objects in this state').choices(Object.keys(STATE_WORDS)),
      );
      command.option('--max <n>', 'at most so many');
      command.option('--offset <n>', 'pass over so many first (KMIP 1.3)');
    },
  ).action(async (flags: LocateFlags) => {
    const { max, offset } = flags;
    const search = {
      filters: filters(flags),
      maximumItems: max === undefined ? undefined : count('--max', max),
      offsetItems: offset === undefined ? undefined : count('--offset', offset),
    };
    const found = await withKmip(context, flags, (client) => client.locate(search));
    show(context, flags, found, found.uids.map((uid) => `${uid}\n`).join(''));
  });
}

function filters({ name, group, objectType, state }: LocateFlags): NewAttribute[] {
  const found: NewAttribute[] = [];
  if (name !== undefined) found.push(nameAttribute(name));
  if (group !== undefined) {
    found.push({ name: 'Object Group', value: { type: 'textString', value: group } });
  }
  if (objectType !== undefined) {
    const value = valueOf('--object-type', OBJECT_TYPE_WORDS, objectType);
    found.push({ name: 'Object Type', value: { type: 'enumeration', value } });
  }
  if (state !== undefined) {
    const value = valueOf('--state', STATE_WORDS, state);
    found.push({ name: 'State', value: { type: 'enumeration', value } });
  }
  return found;
}

interface AttributesFlags extends KmipFlags {
  readonly list?: true;
}

export function defineAttributes(parent: Command, context: CommandContext): void {
  kmipCommand(
    parent,
    'attributes <uid> [names...]',
    'Prints the attributes of an object: all, those with the given names, or with --list the names alone.',
    (command) => {
      command.option('--list', 'print the names of its attributes');
    },
  ).action(async (uid: string, names: readonly string[], flags: AttributesFlags) => {
    if (flags.list === true) {
      const listed = await withKmip(context, flags, (client) => client.getAttributeList(uid));
      show(context, flags, { uid, names: listed }, listed.map((name) => `${name}\n`).join(''));
      return;
    }
    const found = attributeTexts(
      await withKmip(context, flags, (client) => client.getAttributes(uid, names)),
    );
    const lines = found.flatMap(([name, texts]) => texts.map((text) => [name, text] as const));
    show(context, flags, { uid, attributes: Object.fromEntries(found) }, pairs(lines));
  });
}

export function defineQuery(parent: Command, context: CommandContext): void {
  kmipCommand(parent, 'query', 'Prints what the server speaks and can do.', () => undefined).action(
    async (flags: KmipFlags) => {
      const facts = await withKmip(context, flags, ask);
      const { version, versions, vendor, objectTypes, operations } = facts;
      show(
        context,
        flags,
        facts,
        pairs([
          ['version', version],
          ['versions', versions.join(', ')],
          ['vendor', vendor],
          ['objects', objectTypes.join(', ')],
          ['operations', operations.join(', ')],
        ]),
      );
    },
  );
}

/** 1.0 has no operation that names versions. */
const DISCOVERY_SINCE = 11;

async function ask(client: KmipClient) {
  const { version } = client;
  const found = await client.query([
    QUERY_FUNCTION.queryOperations,
    QUERY_FUNCTION.queryObjects,
    QUERY_FUNCTION.queryServerInformation,
  ]);
  const versions = version < DISCOVERY_SINCE ? [version] : await client.discoverVersions();
  return {
    version: versionText(version),
    versions: versions.map(versionText),
    vendor: found.vendorIdentification,
    objectTypes: found.objectTypes.map(objectTypeName),
    operations: found.operations.map(operationName),
  };
}
