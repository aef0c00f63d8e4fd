// The image that Dockerfile.fips begins with. Registries of images are out of reach for many machines that builds are tested on, so one
// of the same name and the same layout is made here: Debian 13 by mmdebstrap, Node and npm in /usr/local.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { isInstalled, npmCi } from '../npm.mjs';
import { projectRoot } from '../paths.mjs';
import { capture } from '../run.mjs';
import { hashInputs, readJson } from '../stamp.mjs';

const RUNTIME = join(projectRoot, 'scripts', 'runtime');
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SUITE = 'trixie';
/** What tells an image that we made from one of the registry. */
const LABEL = 'crypto-broker.stand-in';

/** As in Debian's slim images, which leave out documentation except for the licences. */
const LEFT_OUT = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
];

/** The name in Dockerfile.fips. */
function baseImageName(dockerfile = readFileSync(join(projectRoot, 'Dockerfile.fips'), 'utf8')) {
  const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile)?.[1];
  if (name === undefined) throw new Error('Dockerfile.fips names no NODE_IMAGE');
  return name;
}

/**
 * Makes sure that the store has the base image.
 * @param {import('./engine.mjs').Engine} engine
 * @param {import('../steps.mjs').Step} step
 * @param {{refresh?: boolean}} [options]
 */
export async function ensureBaseImage(engine, step, { refresh = false } = {}) {
  const name = baseImageName();
  const npm = npmDirectory();
  const recipe = hashInputs({
    suite: SUITE,
    leftOut: LEFT_OUT,
    runtime: readFileSync(join(RUNTIME, 'package.json'), 'utf8'),
    npm: readJson(join(npm, 'package.json'))?.version,
    label: LABEL,
  });
  if (!refresh && labelOf(engine, name) === recipe) return;
  step.begin(`making a stand-in for ${name}`);
  if (!isInstalled(RUNTIME)) await npmCi(RUNTIME, step);

  const tarball = join(engine.scratch, 'base.tar');
  step.say('mmdebstrap (Debian 13)');
  await step.run('mmdebstrap', [
    '--variant=minbase',
    '--include=libstdc++6',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...LEFT_OUT.map((rule) => `--dpkgopt=${rule}`),
    SUITE,
    tarball,
    ...mirrors(),
  ]);

  step.say('adding Node and npm');
  const node = join(RUNTIME, 'node_modules', `node-linux-${process.arch}`);
  const container = engine.out('buildah', ['from', 'scratch']);
  const buildah = (verb, ...args) => engine.out('buildah', [verb, ...args], { timeoutMs: 300_000 });
  try {
    buildah('add', container, tarball, '/');
    buildah('copy', container, join(node, 'bin'), '/usr/local/bin');
    buildah('copy', container, join(node, 'include'), '/usr/local/include');
    buildah('copy', container, join(node, 'LICENSE'), '/usr/local/LICENSE');
    buildah('copy', container, npm, '/usr/local/lib/node_modules/npm');
    const inside = ['run', '--isolation', 'chroot', container, '--'];
    for (const program of ['npm', 'npx'])
      engine.out('buildah', [
        ...inside,
        ...[
          'ln',
          '-s',
          `../lib/node_modules/npm/bin/${program}-cli.js`,
          `/usr/local/bin/${program}`,
        ],
      ]);
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    buildah('config', '--env', `PATH=${path}`, '--label', `${LABEL}=${recipe}`, container);
    buildah('config', '--cmd', 'node', container);
    buildah('commit', '--quiet', container, name);
  } finally {
    engine.ask('buildah', ['rm', container]);
  }
  step.result = name;
}

function labelOf(engine, image) {
  const { status, stdout } = engine.ask('buildah', ['inspect', '--type', 'image', image]);
  return status === 0 ? JSON.parse(stdout).OCIv1?.config?.Labels?.[LABEL] : undefined;
}

/** Debian 13 at the places that this machine takes its own release from. */
function mirrors() {
  const own = capture('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"']) ?? '';
  const listed = capture('apt-get', [
    ...['indextargets', '--format', '$(REPO_URI)|$(RELEASE)|$(COMPONENT)', 'Created-By: Packages'],
  ]);
  const lines = (listed ?? '').split('\n').flatMap((row) => {
    const [uri, release, component] = row.split('|');
    const pocket = new RegExp(`^${own}(-updates|-security)?$`).exec(release ?? '');
    if (pocket === null || component !== 'main') return [];
    return [`deb [signed-by=${KEYRING}] ${uri} ${SUITE}${pocket[1] ?? ''} main`];
  });
  if (lines.length === 0)
    throw new StepFailure(
      'this machine names no Debian mirror that the base image could be made from',
      'Add the Debian release of this machine to its apt sources, or give --pull on a machine that reaches the registry of images.',
    );
  return [...new Set(lines)];
}

/** npm as this machine has it. */
function npmDirectory() {
  const places = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)];
  for (const place of places) {
    if (!existsSync(join(place, 'npm'))) continue;
    const script = realpathSync(join(place, 'npm'));
    if (/npm-cli\.c?js$/.test(script)) return dirname(dirname(script));
  }
  throw new StepFailure(
    'npm was not found',
    'Install npm beside Node: it goes into the base image.',
  );
}
