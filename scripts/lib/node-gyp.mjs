// Compiles binding.gyp.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from './failure.mjs';
import { findNode, findNodeDir } from './find-node.mjs';
import { withoutNpm } from './npm.mjs';
import { projectRoot } from './paths.mjs';
import { jobs } from './run.mjs';

/**
 * The Node that runs node-gyp, and the directory with its headers.
 * @returns {{node: string, nodeDir: string}}
 */
export function findHeaders() {
  const node = findNode();
  const nodeDir = findNodeDir(node);
  if (!nodeDir) {
    throw new StepFailure(
      `${node} comes without its headers`,
      'Run `node scripts/setup.mjs`, which fetches a Node that has them.',
    );
  }
  return { node, nodeDir };
}

/**
 * The gyp variables that say where the dependencies are.
 * @param {import('../build-deps.mjs').Deps} deps
 * @returns {Record<string, string>}
 */
export function directories({ openssl, nghttp2 }) {
  return { openssl_dir: openssl.dir, nghttp2_dir: nghttp2.dir };
}

/**
 * Configures and builds in `dir`, which holds binding.gyp; the result is build/Release/cryptobroker.node below it.
 * @param {string} dir
 * @param {Record<string, string | number>} variables gyp variables
 * @param {import('./steps.mjs').Step} step
 */
export async function runNodeGyp(dir, variables, step) {
  const { node, nodeDir } = findHeaders();
  const nodeGyp = join(projectRoot, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  for (const [path, meaning] of [
    [nodeGyp, 'node-gyp is not installed'],
    [join(dir, 'binding.gyp'), 'there is no binding.gyp'],
  ]) {
    if (!existsSync(path))
      throw new StepFailure(
        meaning,
        `Expected ${path}. Run \`node scripts/setup.mjs\` in a complete checkout.`,
      );
  }
  const gyp = (...args) =>
    step.run(node, [nodeGyp, ...args], {
      cwd: dir,
      env: { ...withoutNpm(process.env), LC_ALL: 'C' },
      onLine: (line) => {
        if (line.trim()) step.lastLine = line.trim();
      },
    });
  const defines = Object.entries(variables).map(([name, value]) => `-D${name}=${value}`);
  step.say('node-gyp configure');
  await gyp('configure', '--release', `--nodedir=${nodeDir}`, '--', ...defines);
  step.say('node-gyp build');
  await gyp('build', '--release', `--nodedir=${nodeDir}`, `--jobs=${jobs()}`);
}
