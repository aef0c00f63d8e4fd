#!/usr/bin/env node
// `npm run test:container`: builds the images of Dockerfile.fips and runs them hardened.

import { join } from 'node:path';
import { CheckList } from './lib/check-list.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { ensureBaseImage } from './lib/container/base-image.mjs';
import { buildImage, imageName, TARGETS } from './lib/container/build.mjs';
import { checkBroker } from './lib/container/checks/broker.mjs';
import { checkCompose } from './lib/container/checks/compose.mjs';
import { checkFips } from './lib/container/checks/fips.mjs';
import { checkImages } from './lib/container/checks/image.mjs';
import { checkKrypton } from './lib/container/checks/krypton.mjs';
import { checkReproducible } from './lib/container/checks/reproducible.mjs';
import { Containers, removeLeftovers } from './lib/container/containers.mjs';
import { openEngine } from './lib/container/engine.mjs';
import { makeSecrets } from './lib/container/site.mjs';
import { withLock } from './lib/lock.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { cacheDir, cacheRoot, projectRoot } from './lib/paths.mjs';
import { isDebian } from './lib/prerequisites.mjs';
import { explain, Steps } from './lib/steps.mjs';

const GROUPS = {
  image: checkImages,
  fips: checkFips,
  broker: checkBroker,
  krypton: checkKrypton,
  compose: checkCompose,
  reproducible: checkReproducible,
};

/** How the names of our containers, volumes and networks begin. */
const OURS = 'cb-test';
/** How long a layer waits for a build that can use it: a month, because OpenSSL's takes minutes. */
const LAYERS_KEPT = '720h';

const HELP = `Usage: npm run test:container [-- OPTIONS]

Builds the three images of Dockerfile.fips with buildah:

${TARGETS.map((target) => `  ${imageName(target)}`).join('\n')}

Then it runs them with podman and runc as strictly as they allow (no network, root file system read-only, no capability, no
new privileges, system calls filtered, user 65532, 256 MiB, 64 processes) and looks at what they promise:

  image         configuration, size, contents
  fips          the self-check; no start on a changed module; an operator's module
  broker        health, hash and certificate for a second container over the shared socket; kill -9; SIGTERM
  krypton       Core and Gateway together, a key by KMIP
  compose       deploy/docker/compose.yaml, as far as its images can be had
  reproducible  a second build has the same files

The base image is made here, by mmdebstrap, under the name that Dockerfile.fips gives. Images, layers and containers are kept in
${join(cacheRoot(), 'container')},
apart from the machine's own. The first run takes some ten minutes on two cores, most of it for OpenSSL and the addon. Needs
root, Debian's packages (installed when missing) and 10 GB of disk.

  --only A,B   some groups only
  --build      build the images, and check nothing
  --refresh    make the base image anew, with Debian's latest fixes
  --pull       take the base image from its registry instead
  --prune      remove everything this has kept, and end
  --help       this text

Ends with \`N passed, N failed, N skipped\`.`;

/**
 * @typedef {object} Options
 * @property {Steps} [steps]
 * @property {readonly string[]} [only] groups
 * @property {boolean} [refresh]
 * @property {boolean} [pull]
 * @property {string} [context] what the images are built from
 */

/**
 * @param {Options} [options]
 * @returns {Promise<{passed: number, failed: number, skipped: number}>}
 */
export async function testContainer({
  steps = new Steps(),
  only = Object.keys(GROUPS),
  ...build
} = {}) {
  const list = new CheckList((line) => steps.line(line));
  const reason = whyNot();
  if (reason !== undefined) {
    steps.warn(`the container images are SKIPPED: ${reason}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  try {
    await steps.step('packages', 'system packages', (step) =>
      ensurePackages('container', step, steps),
    );
    await withLock(
      join(cacheDir('container'), 'lock'),
      'testing the container images',
      () => buildAndCheck(steps, list, { only, ...build }),
      (text) => steps.line(text),
    );
  } catch (error) {
    explain(error);
    list.failed += 1;
  }
  return list;
}

/** Why the images cannot be built on this machine; undefined when they can. */
function whyNot() {
  if (process.getuid?.() !== 0) return 'building and running them needs root here';
  if (!isDebian()) return 'their base image is made with mmdebstrap, and this is not Debian';
  return undefined;
}

async function buildAndCheck(
  steps,
  list,
  { only, refresh = false, pull = false, context = projectRoot },
) {
  const engine = openEngine();
  const containers = new Containers(engine, `${OURS}-${process.pid}`);
  try {
    removeLeftovers(engine, [OURS]);
    // Of builds that were killed: there is no other one, because we hold the lock.
    engine.ask('buildah', ['rm', '--all'], { timeoutMs: 300_000 });
    if (!pull)
      await steps.step('container-base', 'base image', (step) =>
        ensureBaseImage(engine, step, { refresh }),
      );
    for (const target of TARGETS)
      await steps.step(`container-${target}`, `image ${imageName(target)}`, (step) =>
        buildImage(engine, step, { target, name: imageName(target), context, pull }),
      );
    forgetOldLayers(engine);
    if (only.length === 0) return;
    const secrets = makeSecrets(engine.scratch);
    const site = {
      engine,
      containers,
      steps,
      scratch: engine.scratch,
      secrets,
      context,
    };
    for (const [name, check] of Object.entries(GROUPS)) {
      if (!only.includes(name)) continue;
      try {
        await check(site, list);
      } catch (error) {
        // What a check did not foresee; the others can still tell something.
        explain(error);
        list.failed += 1;
      }
      containers.removeAll();
    }
  } finally {
    containers.removeAll();
    engine.close();
  }
}

/** Every change of a source leaves layers that nothing will be built on again. */
function forgetOldLayers(engine) {
  engine.ask('podman', ['image', 'prune', '--force', '--filter', `until=${LAYERS_KEPT}`], {
    timeoutMs: 300_000,
  });
}

/** Removes images, layers, containers and volumes; not under anybody who is using them. */
async function prune(steps = new Steps()) {
  const home = cacheDir('container');
  const waiting = (text) => steps.line(text);
  await withLock(join(home, 'lock'), 'removing the container images', removeEverything, waiting);
}

async function removeEverything() {
  const engine = openEngine();
  const patiently = { timeoutMs: 600_000 };
  engine.ask('buildah', ['rm', '--all'], patiently);
  engine.ask('podman', ['rm', '--all', '--force', '--time', '2'], patiently);
  engine.ask('podman', ['volume', 'prune', '--force'], patiently);
  engine.ask('podman', ['image', 'rm', '--all', '--force'], patiently);
  engine.close();
}

await runAsProgram(
  import.meta.url,
  HELP,
  {
    only: { type: 'string' },
    build: { type: 'boolean' },
    refresh: { type: 'boolean' },
    pull: { type: 'boolean' },
    prune: { type: 'boolean' },
  },
  async ({ only, build, prune: pruning, ...options }) => {
    if (pruning) return prune();
    const groups = build ? [] : (only?.split(',') ?? Object.keys(GROUPS));
    const unknown = groups.filter((name) => !(name in GROUPS));
    if (unknown.length > 0) {
      console.error(
        `--only ${unknown.join(',')}: there is no such group; one of ${Object.keys(GROUPS).join(', ')}`,
      );
      return 2;
    }
    const { passed, failed, skipped } = await testContainer({ ...options, only: groups });
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed === 0 ? 0 : 1;
  },
);
