// The image that Dockerfile.fips begins with. Registries of images are out of reach for many machines that builds are tested on, so one
// of the same name and the same layout is made here: Debian 13 by mmdebstrap, Node and npm in /usr/local.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDebianRoot } from '../debian-root.mjs';
import { isInstalled, npmCi, npmCommand, withoutNpmState } from '../npm.mjs';
import { projectRoot } from '../paths.mjs';
import { hashInputs } from '../stamp.mjs';

const RUNTIME = join(projectRoot, 'scripts', 'runtime');
const SUITE = 'trixie';
/** About that of the image; what it does here, every npm of today does. */
const NPM_VERSION = '11.19.1';
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
  const recipe = hashInputs({
    suite: SUITE,
    leftOut: LEFT_OUT,
    runtime: readFileSync(join(RUNTIME, 'package.json'), 'utf8'),
    npm: NPM_VERSION,
    label: LABEL,
  });
  if (!refresh && labelOf(engine, name) === recipe) return;
  step.begin(`making a stand-in for ${name}`);
  if (!isInstalled(RUNTIME)) await npmCi(RUNTIME, step);

  const tarball = join(engine.scratch, 'base.tar');
  step.say('mmdebstrap (Debian 13)');
  await makeDebianRoot(step, tarball, {
    suite: SUITE,
    include: ['libstdc++6'],
    leftOut: LEFT_OUT,
  });

  step.say('adding Node and npm');
  const npm = await unpackNpm(engine.scratch, step);
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

/** npm's own archive, in which its packages are: what a distribution makes of it is spread over the system. */
async function unpackNpm(scratch, step) {
  const [command, ...first] = npmCommand(process.execPath);
  await step.run(command, [...first, 'pack', '--silent', `npm@${NPM_VERSION}`], {
    cwd: scratch,
    env: withoutNpmState(process.env),
  });
  await step.run('tar', ['-xzf', `npm-${NPM_VERSION}.tgz`, '--no-same-owner'], { cwd: scratch });
  return join(scratch, 'package');
}
