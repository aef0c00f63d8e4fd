// The addon, instrumented for line coverage, under the tests that go through it.

import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
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
const COPIED = ['src', 'test', 'profiles', 'proto', 'bin', 'package.json', 'vitest.config.ts'];
const TESTS = ['test/unit/crypto/native', 'test/unit/addon', 'test/contract/native.test.ts'];

/**
 * Builds the instrumented addon and runs the tests of the binding with it.
 * @param {import('../build-deps.mjs').Deps} deps
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<string>} where the counters are
 */
export async function runInstrumentedAddon(deps, step) {
  layOut();
  await runNodeGyp(TREE, { ...directories(deps), native_coverage: 1 }, step);
  const objects = join(TREE, 'build', 'Release', 'obj.target', 'cryptobroker', 'native');
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
}
