import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Flags } from '../../config/index.ts';
import { BrokerError } from '../../errors/index.ts';
import {
  loadProfiles,
  parseProfiles,
  problemLine,
  PROFILE_FILE,
  type PolicySnapshot,
  type ProfileWarning,
} from '../../profile/index.ts';
import type { CommandContext } from '../context.ts';
import { profileAlgorithms, profileFacts } from '../profile-facts.ts';
import { readFileBounded } from '../read-bounded.ts';
import { pairs, table } from '../table.ts';

interface ProfilesFlags extends Flags {
  readonly json?: true;
}

export function defineProfiles(command: Command, context: CommandContext): void {
  command.description(
    'Shows and checks profiles: the rules by which the server chooses algorithms. Reads the files itself and needs no running ' +
      'server.',
  );
  const directoryOption = [
    '--profiles-dir <dir>',
    'directory that holds Profiles.yaml (CRYPTO_BROKER_PROFILES_DIR; default: the shipped profiles)',
  ] as const;

  command
    .command('list')
    .description('Lists the profiles with their operations and algorithms.')
    .option(...directoryOption)
    .option('--json', 'print one JSON array')
    .action(async (flags: ProfilesFlags) => {
      const { policies } = await snapshotOf(context, flags);
      const profiles = policies.map(({ profile }) => profile);
      context.writeOut(
        flags.json
          ? `${JSON.stringify(profiles)}\n`
          : table(
              [
                { title: 'NAME' },
                { title: 'OPERATIONS' },
                { title: 'ALGORITHMS' },
                { title: 'NOTE' },
              ],
              policies.map(({ name, operations, profile }) => [
                name,
                operations.join(', '),
                profileAlgorithms(profile).join(', '),
                profile.deprecation === undefined ? '' : 'deprecated',
              ]),
            ),
      );
    });

  command
    .command('show')
    .description('Shows everything one profile decides.')
    .argument('<name>', 'name of the profile')
    .option(...directoryOption)
    .option('--json', 'print one JSON object')
    .action(async (name: string, flags: ProfilesFlags) => {
      const { profile } = (await snapshotOf(context, flags)).require(name);
      context.writeOut(flags.json ? `${JSON.stringify(profile)}\n` : pairs(profileFacts(profile)));
    });

  command
    .command('check')
    .description(
      'Checks a profile file, or the Profiles.yaml of a directory, and prints every broken rule with its line and column. ' +
        'Exits with 0 when the server would take it, with 3 when not.',
    )
    .argument('[path]', 'directory or file; default: what the server would read')
    .action(async (path: string | undefined) => {
      const { fileName, count, warnings } = await checked(context, path);
      for (const warning of warnings)
        context.writeError(`warning: ${problemLine(fileName, warning)}\n`);
      context.writeOut(
        `${fileName}: ${count} ${count === 1 ? 'profile' : 'profiles'}, no broken rule\n`,
      );
    });

  command.addHelpText(
    'after',
    `
Examples:
  $ cryptobroker profiles list
  $ cryptobroker profiles show Default
  $ cryptobroker profiles check ./profiles
  $ cryptobroker profiles check Profiles.yaml && kubectl apply -k .`,
  );
}

async function snapshotOf(context: CommandContext, flags: ProfilesFlags): Promise<PolicySnapshot> {
  const { settings, sources } = await context.loadSettings({
    scope: 'server',
    flags: absolute(flags),
  });
  return loadProfiles({
    directory: settings.profilesDir,
    shipped: sources.get('profilesDir')?.kind === 'default',
  });
}

/** The setting must be absolute, since a server has no meaningful working directory; a person at a shell has one. */
function absolute(flags: ProfilesFlags): Flags {
  const { profilesDir } = flags;
  return typeof profilesDir === 'string' ? { ...flags, profilesDir: resolve(profilesDir) } : flags;
}

interface CheckedFile {
  readonly fileName: string;
  readonly count: number;
  readonly warnings: readonly ProfileWarning[];
}

async function checked(context: CommandContext, path: string | undefined): Promise<CheckedFile> {
  if (path === undefined || isDirectory(path)) {
    const flags = path === undefined ? {} : { profilesDir: path };
    const { policies, warnings } = await snapshotOf(context, flags);
    return { fileName: PROFILE_FILE, count: policies.length, warnings };
  }
  const fileName = basename(path);
  const { profiles, warnings } = parseProfiles(
    await readFileBounded('path', path, MAX_FILE),
    fileName,
  );
  return { fileName, count: profiles.length, warnings };
}

/** One byte more than a profile file may have is read, so that the parser refuses it in its own words. */
const MAX_FILE = 1_048_576;

function isDirectory(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new BrokerError('PROFILES_UNREADABLE', `there is no ${path}`);
  return stats.isDirectory();
}
