#!/usr/bin/env node
// Everything that a fresh checkout needs before it can be started or tested; nothing, when all of it is there.

import { buildDeps } from './build-deps.mjs';
import { buildNative } from './build-native.mjs';
import { buildTs } from './build-ts.mjs';
import { withCheckout } from './lib/checkout-lock.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { isInstalled, npmCi } from './lib/npm.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { cacheRoot, projectRoot } from './lib/paths.mjs';
import { ensureRuntime } from './lib/runtime.mjs';
import { explain, Steps } from './lib/steps.mjs';

/** @type {import('./lib/prerequisites.mjs').Purpose[]} */
const PURPOSES = ['start', 'test', 'bench'];

const HELP = `Usage: node scripts/setup.mjs [--for start|test|bench]

Prepares this checkout; \`npm start\` and \`npm test\` do it by themselves. Each step looks first whether it has
anything to do, so a second run is over in well under a second:

  1. packages    compilers and tools of the operating system; on Debian the missing ones are installed (as root or by
                 a sudo that asks nothing), otherwise you are told the one command to run
  2. runtime     Node 24, fetched into scripts/runtime/ when this Node is older
  3. modules     npm ci, without install scripts
  4. deps        OpenSSL 3.5 and its FIPS module, and nghttp2, built once per user (two to four minutes)
  5. native      the addon, in prebuilds/
  6. typescript  src/ compiled to dist/

  --for PURPOSE  what you are going to do (default: start); test also wants cmake and GoogleTest
  --help         this text

Caches and logs are in ${cacheRoot()}.`;

/**
 * @typedef {object} Prepared
 * @property {string} node absolute path of the Node to run things with
 * @property {import('./build-deps.mjs').Deps} deps
 * @property {string} prebuilds
 * @property {string} dist
 * @property {number} worked how many steps had something to do
 */

/**
 * Prepares the checkout, and throws when that fails.
 * @param {{purpose?: import('./lib/prerequisites.mjs').Purpose, steps?: Steps}} [options]
 * @returns {Promise<Prepared>}
 */
export async function prepare({ purpose = 'start', steps = new Steps() } = {}) {
  return withCheckout(`preparing the checkout for ${purpose}`, steps, async () => {
    await steps.step('packages', 'system packages', (step) => ensurePackages(purpose, step, steps));
    const node = await steps.step('runtime', 'Node 24', ensureRuntime);
    await steps.step('modules', 'npm packages', (step) => ensureModules(step, node));
    const deps = await buildDeps({ steps });
    const native = await buildNative({ steps, deps });
    const typescript = await buildTs({ steps });
    return { node, deps, prebuilds: native.dir, dist: typescript.dir, worked: steps.worked };
  });
}

/**
 * Prepares the checkout for a program that cannot go on without; a failure is explained and ends the process with 1.
 * @param {{purpose?: import('./lib/prerequisites.mjs').Purpose, steps?: Steps}} [options]
 * @returns {Promise<Prepared>}
 */
export async function setup(options) {
  try {
    return await prepare(options);
  } catch (error) {
    explain(error);
    process.exit(1);
  }
}

async function ensureModules(step, node) {
  if (isInstalled(projectRoot)) return;
  step.advice =
    'If the registry could not be reached, check the network (`npm ping`) and run the same command again.';
  step.begin('node_modules is not what package-lock.json says');
  await npmCi(projectRoot, step, node);
}

await runAsProgram(
  import.meta.url,
  HELP,
  { for: { type: 'string' } },
  async ({ for: purpose = 'start' }) => {
    if (!PURPOSES.includes(purpose)) {
      console.error(`--for ${purpose}: there is no such purpose; one of ${PURPOSES.join(', ')}`);
      return 2;
    }
    const startedAt = Date.now();
    const { worked } = await prepare({ purpose });
    console.log(
      `${worked === 0 ? 'Everything is up to date' : 'Ready'} (${((Date.now() - startedAt) / 1000).toFixed(1)} s).`,
    );
    return 0;
  },
);
