#!/usr/bin/env node
// Compiles the addon with node-gyp and lays out prebuilds/linux-<arch>/.

import { chmodSync, copyFileSync, existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildDeps } from './build-deps.mjs';
import { checkBinary } from './check-binary.mjs';
import { withCheckout } from './lib/checkout-lock.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { cCompiler, cxxCompiler } from './lib/compiler.mjs';
import { findHeaders, runNodeGyp } from './lib/node-gyp.mjs';
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

Compiles the native addon (binding.gyp, native/) with node-gyp against our own OpenSSL, checks the result with
check-binary.mjs, and lays out prebuilds/${PLATFORM}/:

  cryptobroker.node   the addon, without debugging information
  fips.so             the FIPS module it loads, unchanged
  LICENSE.openssl     OpenSSL's licence
  manifest.json       versions, flags, and the SHA-256 of both

Does nothing when no source, tool or OpenSSL build has changed since the last time.

  --force   compile everything anew
  --help    this text`;

/**
 * @param {{steps?: Steps, force?: boolean, openssl?: import('./build-deps.mjs').OpensslBuild}} [options]
 *   openssl: what buildDeps returned, when the caller has just called it
 * @returns {Promise<{dir: string, built: boolean}>}
 */
export async function buildNative({ steps = new Steps(), force = false, openssl } = {}) {
  return withCheckout('building the addon', steps, async () => {
    const ssl = openssl ?? (await buildDeps({ steps }));
    const tools = describeTools(ssl, findHeaders().nodeDir);
    const inputs = inputsHash(tools);
    if (!force && isCurrent(inputs)) return { dir: PREBUILDS, built: false };
    return steps.step('native', 'native addon', async (step) => {
      step.advice =
        'Correct the errors above, then run the same command again. prebuilds/ still holds the last good build, if there was one.';
      step.begin();
      await compile(tools, ssl, force, step);
      await assemble(inputs, tools, ssl, step);
      return { dir: PREBUILDS, built: true };
    });
  });
}

/** Everything besides our own source that decides about the result; no paths, they say nothing. */
function describeTools(ssl, nodeDir) {
  const version = (name) =>
    readJson(join(projectRoot, 'node_modules', name, 'package.json'))?.version;
  return {
    compiler: cxxCompiler().id,
    cCompiler: cCompiler().id,
    openssl: basename(ssl.dir),
    fipsSha256: ssl.fipsSha256,
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
    (path) => !/^native\/(test|fuzz)\/|\.md$/.test(path),
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

async function compile(tools, ssl, force, step) {
  if (force || hashInputs(readJson(TOOLS) ?? {}) !== hashInputs(tools)) {
    rmSync(join(projectRoot, 'build', 'Release'), { recursive: true, force: true });
  }
  writeJson(TOOLS, tools);
  await runNodeGyp(projectRoot, { openssl_dir: ssl.dir }, step);
}

/** Copies, strips, checks, and only then replaces what was there. */
async function assemble(inputs, tools, ssl, step) {
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
  copyFileSync(join(ssl.dir, 'fips.so'), join(dir, 'fips.so'));
  copyFileSync(join(ssl.dir, 'LICENSE.txt'), join(dir, 'LICENSE.openssl'));
  if (sha256File(join(dir, 'fips.so')) !== ssl.fipsSha256) {
    throw new StepFailure(
      `${join(ssl.dir, 'fips.so')} is not what was built there`,
      `The cache is damaged. Remove ${ssl.dir} and run the same command again.`,
    );
  }
  const findings = checkBinary(addon);
  if (findings.length > 0) {
    throw new StepFailure(
      `the addon must not be used: it ${findings.join('; it ')}`,
      'See `node scripts/check-binary.mjs --help` for why each of these matters. prebuilds/ was left as it was.',
    );
  }
  writeJson(join(dir, 'manifest.json'), manifestOf(inputs, tools, ssl, addon));
  replaceDir(dir, PREBUILDS);
}

function manifestOf(inputs, tools, ssl, addon) {
  return {
    platform: PLATFORM,
    addonSha256: sha256File(addon),
    fipsSha256: ssl.fipsSha256,
    moduleMac: ssl.moduleMac,
    fipsParameters: ssl.fipsParameters,
    openssl: {
      version: ssl.version,
      upstreamVersion: ssl.upstreamVersion,
      source: ssl.source,
      sourceSha256: ssl.sourceSha256,
      flags: ssl.flags,
      compiler: ssl.compiler,
    },
    compiler: tools.compiler,
    packages: tools.packages,
    inputsSha256: inputs,
    builtAt: new Date().toISOString(),
  };
}

await runAsProgram(import.meta.url, HELP, { force: { type: 'boolean' } }, async ({ force }) => {
  const { dir, built } = await buildNative({ force });
  if (!built) console.log(`${dir} is up to date`);
  return 0;
});
