// The addon, its binding instrumented for line coverage, under the tests that go through it.

import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from './find-node.mjs';
import { resetCounters } from './native-coverage.mjs';
import { directories, runNodeGyp } from './node-gyp.mjs';
import { projectRoot } from './paths.mjs';

/** A checkout of its own, because the addon is found beside src/ and the real one must stay as it is. */
const TREE = join(projectRoot, 'build', 'addon-coverage');
/** Compiled where it stands. */
const LINKED = ['native', 'binding.gyp', 'node_modules'];
/** Copied: a link would lead Node back to the real checkout and its addon. */
const COPIED = ['src', 'test', 'profiles', 'proto', 'bin', 'package.json'];
const TESTS = ['test/unit/crypto/native', 'test/unit/addon', 'test/contract/native.test.ts'];
const VITEST = {
  pool: 'forks',
  maxWorkers: 2,
  testTimeout: 60_000,
  // Counts are written when a process exits. vitest kills its own, unless one of these options tells it that something is
  // written then.
  execArgv: [`--diagnostic-dir=${join(TREE, 'build')}`],
};

/**
 * Builds the instrumented addon and runs the tests of the binding with it. Only native/binding is compiled for that: the
 * rest has tests of its own that count its lines.
 * @param {import('../build-deps.mjs').Deps} deps
 * @param {string} addonObjects where the object files of the addon are
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<string>} where the counters are
 */
export async function runInstrumentedAddon(deps, addonObjects, step) {
  layOut();
  const variables = { ...directories(deps), native_coverage: 1, addon_objects: addonObjects };
  await runNodeGyp(TREE, variables, step);
  const objects = join(
    ...[TREE, 'build', 'Release', 'obj.target', 'cryptobroker', 'native', 'binding'],
  );
  resetCounters(objects);

  const platform = `linux-${process.arch}`;
  const prebuilds = join(TREE, 'prebuilds', platform);
  cpSync(join(projectRoot, 'prebuilds', platform), prebuilds, { recursive: true });
  cpSync(join(TREE, 'build', 'Release', 'cryptobroker.node'), join(prebuilds, 'cryptobroker.node'));
  step.say('running the tests of the binding');
  await step.run(
    findNode(),
    [join(TREE, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', TREE, ...TESTS],
    { cwd: TREE },
  );
  return objects;
}

function layOut() {
  mkdirSync(TREE, { recursive: true });
  for (const name of LINKED) {
    if (!existsSync(join(TREE, name))) symlinkSync(join(projectRoot, name), join(TREE, name));
  }
  for (const name of COPIED) {
    rmSync(join(TREE, name), { recursive: true, force: true });
    cpSync(join(projectRoot, name), join(TREE, name), { recursive: true });
  }
  const config = JSON.stringify({ test: VITEST }, undefined, 2);
  writeFileSync(join(TREE, 'vitest.config.ts'), `export default ${config};\n`);
}
