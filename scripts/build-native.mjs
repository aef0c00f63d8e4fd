#!/usr/bin/env node
// Compiles the addon with node-gyp and lays out prebuilds/linux-<arch>/.

import { chmodSync, copyFileSync, existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildDeps } from './build-deps.mjs';
import { checkBinary } from './check-binary.mjs';
import { withCheckout } from './lib/checkout-lock.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { cCompiler, cxxCompiler } from './lib/compiler.mjs';
import { directories, findHeaders, runNodeGyp } from './lib/node-gyp.mjs';
import { projectRoot } from './lib/paths.mjs';
import { emptyDir, replaceDir } from './lib/replace-dir.mjs';
import { contents, hashInputs, readJson, sha256File, writeJson } from './lib/stamp.mjs';
import { StepFailure } from './lib/failure.mjs';
import { Steps } from './lib/steps.mjs';

const PLATFORM = `linux-${process.arch}`;
const PREBUILDS = join(projectRoot, 'prebuilds', PLATFORM);
const BUILT = join(projectRoot, 'build', 'Release', 'cryptobroker.node');
/** What the object files in build/ were made with; make itself compares dates and commands only. */
const TOOLS = join(projectRoot, 'build', 'native-tools.json');

const HELP = `Usage: node scripts/build-native.mjs [--force]

Compiles the native addon (binding.gyp, native/) with node-gyp against our own OpenSSL and nghttp2, checks the result with
check-binary.mjs, and lays out prebuilds/${PLATFORM}/:

  cryptobroker.node   the addon, without debugging information
  fips.so             the FIPS module it loads, unchanged
  LICENSE.*           the licences of OpenSSL and nghttp2, which are in it
  manifest.json       versions, flags, and the SHA-256 of both

Does nothing when no source, tool or dependency has changed since the last time.

  --force   compile everything anew
  --help    this text`;

/**
 * @param {{steps?: Steps, force?: boolean, deps?: import('./build-deps.mjs').Deps}} [options]
 *   deps: what buildDeps returned, when the caller has just called it
 * @returns {Promise<{dir: string, built: boolean}>}
 */
export async function buildNative({ steps = new Steps(), force = false, deps } = {}) {
  return withCheckout('building the addon', steps, async () => {
    const built = deps ?? (await buildDeps({ steps }));
    const tools = describeTools(built);
    const inputs = inputsHash(tools);
    if (!force && isCurrent(inputs)) return { dir: PREBUILDS, built: false };
    return steps.step('native', 'native addon', async (step) => {
      step.advice =
        'Correct the errors above, then run the same command again. prebuilds/ still holds the last good build, if there was one.';
      step.begin();
      await compile(tools, built, step, force);
      await assemble(inputs, tools, built, step);
      return { dir: PREBUILDS, built: true };
    });
  });
}

/**
 * Brings the object files of the addon up to date, and nothing else.
 * @param {import('./build-deps.mjs').Deps} deps
 * @param {import('./lib/steps.mjs').Step} step
 * @returns {Promise<string>} where they are, as the sources are in native/
 */
export async function compileAddon(deps, step) {
  await compile(describeTools(deps), deps, step);
  return join(projectRoot, 'build', 'Release', 'obj.target', 'cryptobroker', 'native');
}

/** Everything besides our own source that decides about the result; no paths, they say nothing. */
function describeTools(deps) {
  const { nodeDir } = findHeaders();
  const version = (name) =>
    readJson(join(projectRoot, 'node_modules', name, 'package.json'))?.version;
  return {
    compiler: cxxCompiler().id,
    cCompiler: cCompiler().id,
    openssl: basename(deps.openssl.dir),
    nghttp2: basename(deps.nghttp2.dir),
    fipsSha256: deps.openssl.fipsSha256,
    nodeSettings: sha256File(join(nodeDir, 'include', 'node', 'common.gypi')),
    packages: Object.fromEntries(
      ['node-addon-api', 'node-api-headers', 'node-gyp'].map((name) => [name, version(name)]),
    ),
    flags: Object.fromEntries(
      ['CFLAGS', 'CXXFLAGS', 'CPPFLAGS', 'LDFLAGS'].map((name) => [name, process.env[name] ?? '']),
    ),
  };
}

function inputsHash(tools) {
  const source = contents(
    projectRoot,
    ['binding.gyp', 'native'],
    (path) => !/^native\/(CMakeLists\.txt$|(test|fuzz|bench)\/)|\.md$/.test(path),
  );
  return hashInputs({ source, tools, arch: process.arch });
}

/** Whether prebuilds/ is what these inputs give, and undamaged. */
function isCurrent(inputs) {
  const manifest = readJson(join(PREBUILDS, 'manifest.json'));
  if (manifest?.inputsSha256 !== inputs) return false;
  const matches = (name, hash) =>
    existsSync(join(PREBUILDS, name)) && sha256File(join(PREBUILDS, name)) === hash;
  return (
    matches('cryptobroker.node', manifest.addonSha256) && matches('fips.so', manifest.fipsSha256)
  );
}

async function compile(tools, deps, step, force = false) {
  if (force || hashInputs(readJson(TOOLS) ?? {}) !== hashInputs(tools)) {
    rmSync(join(projectRoot, 'build', 'Release'), { recursive: true, force: true });
  }
  writeJson(TOOLS, tools);
  await runNodeGyp(projectRoot, directories(deps), step);
}

/** Copies, strips, checks, and only then replaces what was there. */
async function assemble(inputs, tools, deps, step) {
  const { openssl, nghttp2 } = deps;
  if (!existsSync(BUILT)) {
    throw new StepFailure(
      `the build left no ${BUILT}`,
      'The target in binding.gyp must be called "cryptobroker".',
    );
  }
  step.say('laying out prebuilds');
  const dir = emptyDir('prebuilds');
  const addon = join(dir, 'cryptobroker.node');
  copyFileSync(BUILT, addon);
  await step.run('strip', ['--strip-debug', addon]);
  chmodSync(addon, 0o755);
  copyFileSync(join(openssl.dir, 'fips.so'), join(dir, 'fips.so'));
  for (const [name, built] of [
    ['openssl', openssl],
    ['nghttp2', nghttp2],
  ]) {
    copyFileSync(join(built.dir, 'LICENSE.txt'), join(dir, `LICENSE.${name}`));
  }
  if (sha256File(join(dir, 'fips.so')) !== openssl.fipsSha256) {
    throw new StepFailure(
      `${join(openssl.dir, 'fips.so')} is not what was built there`,
      `The cache is damaged. Remove ${openssl.dir} and run the same command again.`,
    );
  }
  const findings = checkBinary(addon);
  if (findings.length > 0) {
    throw new StepFailure(
      `the addon must not be used: it ${findings.join('; it ')}`,
      'See `node scripts/check-binary.mjs --help` for why each of these matters. prebuilds/ was left as it was.',
    );
  }
  writeJson(join(dir, 'manifest.json'), manifestOf(inputs, tools, deps, addon));
  replaceDir(dir, PREBUILDS);
}

function manifestOf(inputs, tools, { openssl, nghttp2 }, addon) {
  const facts = ({ version, upstreamVersion, source, sourceSha256, flags, compiler }) => ({
    version,
    upstreamVersion,
    source,
    sourceSha256,
    flags,
    compiler,
  });
  return {
    platform: PLATFORM,
    addonSha256: sha256File(addon),
    fipsSha256: openssl.fipsSha256,
    moduleMac: openssl.moduleMac,
    fipsParameters: openssl.fipsParameters,
    openssl: facts(openssl),
    nghttp2: facts(nghttp2),
    compiler: tools.compiler,
    packages: tools.packages,
    inputsSha256: inputs,
  };
}

await runAsProgram(import.meta.url, HELP, { force: { type: 'boolean' } }, async ({ force }) => {
  const { dir, built } = await buildNative({ force });
  if (!built) console.log(`${dir} is up to date`);
  return 0;
});
