// Fetches a Debian package through a private apt state: the system's own lists, sources and preferences are read to
// learn which mirror this machine uses, and never changed. Works without root.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, CommandError } from './run.mjs';
import { StepFailure } from './failure.mjs';
import { sha256File } from './stamp.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** @returns {Record<string, string>} the fields of /etc/os-release; empty when there is none */
export function osRelease() {
  try {
    return Object.fromEntries(
      readFileSync('/etc/os-release', 'utf8')
        .split('\n')
        .map((line) => /^([A-Z_]+)="?(.*?)"?$/.exec(line))
        .filter((match) => match !== null)
        .map((match) => [match[1], match[2]]),
    );
  } catch {
    return {};
  }
}

/** How a package of each form is listed, asked for, downloaded and unpacked. */
const FORMS = {
  source: {
    listing: 'deb-src',
    list: ['showsrc', '--only-source'],
    download: ['source', '--download-only', '--only-source'],
    unpack: (name, version, dir, unpacked) => {
      const description = join(dir, `${name}_${version.replace(/^\d+:/, '')}.dsc`);
      return {
        command: 'dpkg-source',
        // --no-check: apt has just checked every file against the signed lists.
        args: ['--no-check', '-x', description, unpacked],
        sha256: () => hashOfOriginal(description),
      };
    },
  },
  binary: {
    listing: 'deb',
    list: ['show'],
    download: ['download'],
    unpack: (name, _version, dir, unpacked) => {
      const file = readdirSync(dir).find((entry) => entry.startsWith(`${name}_`)) ?? '';
      return {
        command: 'dpkg-deb',
        args: ['-x', join(dir, file), unpacked],
        sha256: () => sha256File(join(dir, file)),
      };
    },
  },
};

/**
 * Downloads and unpacks (a source package: patches applied) the newest served version of a package.
 * @param {object} request
 * @param {string} request.package
 * @param {'source' | 'binary'} request.form
 * @param {string} request.branch only versions `branch.*` are taken
 * @param {string} request.suite the release, e.g. `trixie`
 * @param {string} request.minimum older versions than this one are refused
 * @param {string} request.workDir an empty directory; everything happens below it
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<{version: string, sourceDir: string, sha256: string, remarks: string[]}>}
 */
export async function fetchDebianPackage(request, step) {
  const { package: name, branch, suite, minimum, workDir } = request;
  const form = FORMS[request.form];
  const apt = preparePrivateApt(workDir, suite, form.listing);
  const ask = (...args) => step.run('apt-get', ['-c', apt.config, '-q', ...args], { cwd: apt.dir });
  step.say(`reading the package lists of ${suite}`);
  try {
    await ask('update');
  } catch (error) {
    // One mirror of several may be down; whether anything usable was fetched shows in the next question.
    if (!(error instanceof CommandError)) throw error;
  }

  const versions = listVersions(apt, [...form.list, name], branch, minimum);
  if (versions.length === 0) {
    throw new StepFailure(
      `no ${request.form} package ${name} ${branch} (${minimum} or later) is offered for ${suite}`,
      `The package mirror of this machine did not answer, or does not carry ${request.form} packages for ${suite}. Check the ` +
        `network and \`apt-get update\`, then run the same command again.`,
    );
  }

  const remarks = [];
  for (const version of versions) {
    step.say(`downloading ${name} ${version}`);
    try {
      await ask(...form.download, `${name}=${version}`);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // A mirror may list a version (a security update just being published, say) and not have the files.
      remarks.push(
        `${name} ${version} is listed but could not be downloaded; taking the next older version`,
      );
      continue;
    }
    const sourceDir = join(workDir, 'source');
    step.say(`unpacking ${name} ${version}`);
    const { command, args, sha256 } = form.unpack(name, version, apt.dir, sourceDir);
    await step.run(command, args);
    return { version, sourceDir, sha256: sha256(), remarks };
  }
  throw new StepFailure(
    `none of the listed ${name} versions could be downloaded (${versions.join(', ')})`,
    'Check the network and the disk space, then run the same command again.',
  );
}

/** A private tree for apt, with places for `suite` derived from the machine's own; downloads go to `dir`. */
function preparePrivateApt(workDir, suite, listing) {
  const root = join(workDir, 'apt');
  const dir = join(root, 'downloads');
  for (const part of ['parts', 'prefs', 'state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(root, part), { recursive: true });
  }
  mkdirSync(dir);
  const lines = sourceLines(suite, listing);
  if (lines.length === 0) {
    throw new StepFailure(
      'this machine names no Debian mirror that packages could come from',
      'Add the Debian release of this machine to /etc/apt/sources.list.',
    );
  }
  writeFileSync(join(root, 'parts', `${suite}.list`), `${lines.join('\n')}\n`);
  const config = join(root, 'apt.conf');
  writeFileSync(
    config,
    `
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${root}/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "${root}/prefs";
Dir::State "${root}/state";
Dir::State::status "/dev/null";
Dir::Cache "${root}/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`,
  );
  return { config, dir };
}

/** Lines for `suite` (`deb` or `deb-src`) at the places from which this machine takes its own release. */
export function sourceLines(suite, listing) {
  const own = osRelease().VERSION_CODENAME ?? '';
  const listed = capture('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)|$(CODENAME)|$(RELEASE)|$(COMPONENT)',
    'Created-By: Packages',
  ]);
  const signedBy = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  const lines = new Set();
  for (const row of (listed ?? '').split('\n')) {
    const [uri, codename, release, component] = row.split('|');
    const pocket = [codename, release]
      .map((text) => pocketOf(text ?? '', own))
      .find((text) => text !== undefined);
    if (pocket !== undefined && component === 'main')
      lines.add(`${listing} ${signedBy}${uri} ${suite}${pocket} main`);
  }
  return [...lines];
}

/** '' for the release itself, '-updates' or '-security' for its updates, undefined for anything else. */
function pocketOf(release, own) {
  const match = /^([a-z]+)(-updates|-security)?$/.exec(release);
  return match && [own, 'stable', 'oldstable'].includes(match[1]) ? (match[2] ?? '') : undefined;
}

/** The listed versions of the branch that are new enough, newest first. */
function listVersions(apt, question, branch, minimum) {
  const text = capture('apt-cache', ['-c', apt.config, ...question]) ?? '';
  const versions = new Set();
  for (const stanza of text.split(/\n\n+/)) {
    const version = /^Version: (.+)$/m.exec(stanza)?.[1];
    if (/^Package: /m.test(stanza) && version?.replace(/^\d+:/, '').startsWith(`${branch}.`))
      versions.add(version);
  }
  const compare = (a, relation, b) =>
    capture('dpkg', ['--compare-versions', a, relation, b]) !== undefined;
  return [...versions]
    .filter((version) => compare(version, 'ge', minimum))
    .sort((a, b) => (compare(a, 'gt', b) ? -1 : 1));
}

/** The SHA-256 that the source package's description gives for the upstream tarball. */
function hashOfOriginal(description) {
  const text = readFileSync(description, 'utf8');
  const section = /^Checksums-Sha256:\n((?: .+\n)+)/m.exec(text)?.[1] ?? '';
  const line = section.split('\n').find((entry) => /\.orig\.tar\.[a-z0-9]+$/.test(entry));
  return line?.trim().split(' ')[0] ?? '';
}
