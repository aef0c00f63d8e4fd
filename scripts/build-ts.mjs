#!/usr/bin/env node
// Compiles src/ to dist/ with tsc, and joins the modules of the command line to a few files.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withCheckout } from './lib/checkout-lock.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { findNode } from './lib/find-node.mjs';
import { projectRoot } from './lib/paths.mjs';
import { emptyDir, replaceDir } from './lib/replace-dir.mjs';
import { contents, hashInputs, readJson, writeJson } from './lib/stamp.mjs';
import { Steps } from './lib/steps.mjs';

const HELP = `Usage: node scripts/build-ts.mjs [--force]

Compiles src/ to dist/ with the project's TypeScript and tsconfig.build.json; dist/bin/cryptobroker.js, the program, is
then made anew of what it needs, in a few files (scripts/lib/bundle.mjs). Does nothing when no input has changed since the
last time. dist/ is replaced as a whole once both are done; on an error the old one stays.

  --force   compile even if nothing has changed
  --help    this text`;

const DIST = join(projectRoot, 'dist');
const STAMP = join(projectRoot, 'build', 'dist-stamp.json');
const COMPILER = join(projectRoot, 'node_modules', 'typescript');
const BUNDLE = 'scripts/lib/bundle.mjs';

/**
 * @param {{steps?: Steps, force?: boolean}} [options]
 * @returns {Promise<{dir: string, built: boolean}>}
 */
export async function buildTs({ steps = new Steps(), force = false } = {}) {
  return withCheckout('compiling TypeScript', steps, async () => {
    const inputs = inputsHash();
    if (!force && readJson(STAMP)?.inputs === inputs && existsSync(DIST))
      return { dir: DIST, built: false };
    return steps.step('typescript', 'TypeScript', async (step) => {
      step.advice =
        'Correct the errors above, then run the same command again. The programs still run as they were compiled last.';
      step.begin();
      const fresh = emptyDir('dist');
      // rootDir and sourceRoot are fixed in the configuration, so what is written does not depend on where.
      await step.run(
        findNode(),
        [
          join(COMPILER, 'bin', 'tsc'),
          '-p',
          'tsconfig.build.json',
          '--outDir',
          fresh,
          '--pretty',
          'false',
        ],
        { cwd: projectRoot },
      );
      await step.run(findNode(), [BUNDLE, join(fresh, 'bin')], { cwd: projectRoot });
      replaceDir(fresh, DIST);
      writeJson(STAMP, { inputs });
      return { dir: DIST, built: true };
    });
  });
}

function inputsHash() {
  return hashInputs({
    files: contents(projectRoot, [
      'src',
      'tsconfig.json',
      'tsconfig.build.json',
      'package.json',
      'package-lock.json',
      BUNDLE,
    ]),
    typescript: readJson(join(COMPILER, 'package.json'))?.version,
  });
}

await runAsProgram(import.meta.url, HELP, { force: { type: 'boolean' } }, async ({ force }) => {
  const { dir, built } = await buildTs({ force });
  if (!built) console.log(`${dir} is up to date`);
});
