// Builds native/CMakeLists.txt in one of its variants. The addon itself is built by node-gyp (build-native.mjs).

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cxxCompiler } from './compiler.mjs';
import { StepFailure } from './failure.mjs';
import { findNode, findNodeDir } from './find-node.mjs';
import { withoutNpm } from './npm.mjs';
import { projectRoot } from './paths.mjs';
import { jobs } from './run.mjs';
import { hashInputs, readJson, writeJson } from './stamp.mjs';

const CMAKE_JS = join(projectRoot, 'node_modules', 'cmake-js', 'bin', 'cmake-js');

/**
 * Configures when something about the variant changed, and compiles what is out of date.
 * @param {string} name the directory below build/
 * @param {Record<string, string>} variables for CMake
 * @param {import('../build-deps.mjs').TestDeps} deps
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<string>} the build directory
 */
export async function buildWithCmake(name, variables, deps, step) {
  if (!existsSync(CMAKE_JS)) {
    throw new StepFailure('cmake-js is not installed', 'Run `node scripts/setup.mjs --for test`.');
  }
  const dir = join(projectRoot, 'build', name);
  const wanted = {
    CMAKE_CXX_COMPILER: cxxCompiler().command,
    ...variables,
    OPENSSL_DIR: deps.openssl.dir,
    NGHTTP2_DIR: deps.nghttp2.dir,
    PROTOZERO_DIR: deps.protozero.dir,
  };
  const stamp = join(dir, 'configured.json');
  const inputs = hashInputs({ wanted, compiler: cxxCompiler().id, root: projectRoot });

  if (readJson(stamp)?.inputs !== inputs) {
    // CMake keeps what it was told before, even when it is told something else now.
    rmSync(dir, { recursive: true, force: true });
    step.say(`configuring ${name}`);
    await cmakeJs('configure', dir, wanted, step);
    writeJson(stamp, { inputs });
  }
  step.say(`compiling ${name}`);
  await cmakeJs('build', dir, wanted, step);
  return dir;
}

async function cmakeJs(command, dir, variables, step) {
  const node = findNode();
  // cmake-js wants a Node's headers, though nothing here includes them, and would fetch them from the network.
  const nodeDir = findNodeDir(node);
  if (!nodeDir) {
    throw new StepFailure(
      `${node} comes without its headers`,
      'Run `node scripts/setup.mjs`, which fetches a Node that has them.',
    );
  }
  const args = [
    CMAKE_JS,
    command,
    '--directory=native',
    `--out=${dir}`,
    '--config=Debug',
    `--parallel=${jobs()}`,
    '--log-level=warn',
    ...Object.entries(variables).map(([key, value]) => `--CD${key}=${value}`),
  ];
  const env = { ...withoutNpm(process.env), npm_config_nodedir: nodeDir, LC_ALL: 'C' };
  await step.run(node, args, {
    cwd: projectRoot,
    env,
    onLine: (line) => {
      const [, done, all] = /^\[\s*(\d+)\/(\d+)\]/.exec(line) ?? [];
      if (all) step.progress(Number(done) / Number(all));
      if (line.trim()) step.lastLine = line.trim();
    },
  });
  step.progress(undefined);
}
