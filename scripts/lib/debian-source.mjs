// Fetches a Debian source package through a private apt state: the system's own lists, sources and preferences are
// read to learn which mirror this machine uses, and never changed. Works without root.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, CommandError } from './run.mjs';
import { StepFailure } from './failure.mjs';

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

/**
 * Downloads and unpacks (patches applied) the newest served version of a source package.
 * @param {object} request
 * @param {string} request.name source package
 * @param {string} request.branch only versions `branch.*` are taken
 * @param {string} request.suite the release, e.g. `trixie`
 * @param {string} request.minimum older versions than this one are refused
 * @param {string} request.workDir an empty directory; everything happens below it
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<{version: string, sourceDir: string, sha256: string, remarks: string[]}>}
 */
export async function fetchDebianSource({ name, branch, suite, minimum, workDir }, step) {
  const apt = preparePrivateApt(workDir, suite);
  step.say(`reading the package lists of ${suite}`);
  try {
    await step.run('apt-get', ['-c', apt.config, '-q', 'update']);
  } catch (error) {
    // One mirror of several may be down; whether anything usable was fetched shows in the next question.
    if (!(error instanceof CommandError)) throw error;
  }

  const versions = listVersions(apt, name, branch, minimum);
  if (versions.length === 0) {
    throw new StepFailure(
      `no ${name} ${branch} source package (${minimum} or later) is offered for ${suite}`,
      `The package mirror of this machine did not answer, or does not carry source packages for ${suite}. Check the network and ` +
        `\`apt-get update\`, then run the same command again; or give a local release tarball: ` +
        `OPENSSL_TARBALL=/path/to/openssl-${branch}.N.tar.gz.`,
    );
  }

  const remarks = [];
  for (const version of versions) {
    step.say(`downloading ${name} ${version}`);
    try {
      await step.run(
        'apt-get',
        [
          '-c',
          apt.config,
          '-q',
          'source',
          '--download-only',
          '--only-source',
          `${name}=${version}`,
        ],
        { cwd: apt.sourceDir },
      );
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // A mirror may list a version (a security update just being published, say) and not have the files.
      remarks.push(
        `${name} ${version} is listed but could not be downloaded; taking the next older version`,
      );
      continue;
    }
    const description = join(apt.sourceDir, `${name}_${version.replace(/^\d+:/, '')}.dsc`);
    const sourceDir = join(workDir, 'source');
    step.say(`unpacking ${name} ${version}`);
    // --no-check: apt has just checked every file against the signed lists.
    await step.run('dpkg-source', ['--no-check', '-x', description, sourceDir]);
    return { version, sourceDir, sha256: hashOfOriginal(description), remarks };
  }
  throw new StepFailure(
    `none of the listed ${name} versions could be downloaded (${versions.join(', ')})`,
    'Check the network and the disk space, then run the same command again.',
  );
}

/** A private tree for apt, with sources for `suite` derived from the machine's own. */
function preparePrivateApt(workDir, suite) {
  const root = join(workDir, 'apt');
  const sourceDir = join(root, 'src');
  for (const part of ['parts', 'prefs', 'state/lists/partial', 'cache/archives/partial', 'src']) {
    mkdirSync(join(root, part), { recursive: true });
  }
  const lines = sourceLines(suite);
  if (lines.length === 0) {
    throw new StepFailure(
      'this machine names no Debian mirror that source packages could come from',
      'Add the Debian release of this machine to /etc/apt/sources.list, or give a local release tarball in OPENSSL_TARBALL.',
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
  return { config, sourceDir };
}

/** deb-src lines for `suite` at the places from which this machine takes its own release. */
function sourceLines(suite) {
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
      lines.add(`deb-src ${signedBy}${uri} ${suite}${pocket} main`);
  }
  return [...lines];
}

/** '' for the release itself, '-updates' or '-security' for its updates, undefined for anything else. */
function pocketOf(release, own) {
  const match = /^([a-z]+)(-updates|-security)?$/.exec(release);
  return match && [own, 'stable', 'oldstable'].includes(match[1]) ? (match[2] ?? '') : undefined;
}

/** The listed versions of the branch that are new enough, newest first. */
function listVersions(apt, name, branch, minimum) {
  const text = capture('apt-cache', ['-c', apt.config, 'showsrc', '--only-source', name]) ?? '';
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
