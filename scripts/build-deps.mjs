#!/usr/bin/env node
// Builds OpenSSL 3.5 (static, position-independent) and its FIPS module into the user's cache.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { runAsProgram } from './lib/cli.mjs';
import { cCompiler } from './lib/compiler.mjs';
import { withLock } from './lib/lock.mjs';
import { buildOpenssl } from './lib/openssl-build.mjs';
import { CONFIGURE_FLAGS, DEBIAN_MINIMUM, PREFIX } from './lib/openssl-pin.mjs';
import { chooseSource, fetchSource, versionOf } from './lib/openssl-source.mjs';
import { cacheDir, cacheRoot } from './lib/paths.mjs';
import { hashInputs, readJson, sha256File, writeJson } from './lib/stamp.mjs';
import { Steps } from './lib/steps.mjs';

const HELP = `Usage: node scripts/build-deps.mjs [--refresh] [--print-dir]

Builds what the native addon is linked with: OpenSSL 3.5 as a static library, and its FIPS module (fips.so).
The result is kept in ${join(cacheRoot(), 'openssl')}
under a name made of version, flags, compiler and processor, and is shared by all checkouts of this user;
a second run has nothing to do and takes milliseconds. The first takes two to four minutes on two cores.

Where the source comes from, the first that applies:
  OPENSSL_TARBALL=FILE   a local release tarball of OpenSSL 3.5, for machines without network
  on Debian              the source package of Debian 13 with its security patches, through a private
                         apt state (the system's own package lists and settings stay as they are)
  elsewhere              the official release by pinned SHA-256

  --refresh    look for a newer patched version even though one is built
  --print-dir  print the directory of the build, and nothing else, on standard output
  --help       this text

Files in that directory: include/openssl/, lib/libcrypto.a, fips.so, fipsmodule.cnf, LICENSE.txt, manifest.json.
A directory that no checkout needs any more may be deleted at any time.`;

/**
 * @typedef {object} OpensslBuild
 * @property {string} dir
 * @property {string} version full version, with the distribution's revision
 * @property {string} upstreamVersion
 * @property {'debian' | 'tarball' | 'release'} source
 * @property {string} sourceSha256 of the upstream tarball
 * @property {string[]} flags
 * @property {string} compiler
 * @property {string} arch
 * @property {string} fipsSha256
 * @property {string} moduleMac HMAC-SHA256 of fips.so under the published key, lower-case hexadecimal
 * @property {Record<string, string>} fipsParameters what `fipsinstall -pedantic` wrote, module-mac included
 * @property {string} builtAt
 */

/**
 * Makes sure that the wanted OpenSSL is in the cache.
 * @param {{steps?: Steps, refresh?: boolean}} [options] refresh: ask again which version is the newest
 * @returns {Promise<OpensslBuild>}
 */
export async function buildDeps({ steps = new Steps(), refresh = false } = {}) {
  const known = refresh ? undefined : findBuild();
  if (known) return known;
  return steps.step('openssl', 'OpenSSL 3.5 with FIPS module', async (step) => {
    step.advice =
      'Run the same command again once the cause is removed; nothing half-made was kept. The usual causes are a full ' +
      'disk (about 500 MB are needed while building), too little memory, or a package mirror that does not answer.';
    const home = cacheDir('openssl');
    return withLock(
      join(home, 'lock'),
      'building OpenSSL',
      async () => {
        const meanwhile = refresh ? undefined : findBuild();
        if (meanwhile) return meanwhile;
        step.begin(refresh ? 'looking for a newer version' : 'not in the cache yet');
        return build(home, step, steps);
      },
      (text) => {
        step.lastLine = text;
      },
    );
  });
}

/**
 * The finished build for this machine and this checkout, found without the network.
 * @returns {OpensslBuild | undefined}
 */
export function findBuild() {
  const home = join(cacheRoot(), 'openssl');
  const key = readJson(join(home, 'current.json'))?.requests?.[requestId()]?.key;
  return key ? readBuild(join(home, key)) : undefined;
}

function readBuild(dir) {
  const manifest = readJson(join(dir, 'manifest.json'));
  const whole =
    manifest &&
    ['lib/libcrypto.a', 'fips.so', 'include/openssl/evp.h'].every((file) =>
      existsSync(join(dir, file)),
    );
  return whole ? { dir, ...manifest } : undefined;
}

/** Everything that decides about the result and is known without asking anybody. */
function requestId() {
  const source = chooseSource();
  return hashInputs({
    source: source.kind === 'tarball' ? { kind: source.kind, sha256: source.sha256 } : source,
    minimum: source.kind === 'debian' ? DEBIAN_MINIMUM : '',
    compiler: cCompiler().id,
    flags: CONFIGURE_FLAGS,
    prefix: PREFIX,
    arch,
  });
}

/** Fetches the source and, unless exactly this version is there already, builds it. Call it under the lock. */
async function build(home, step, steps) {
  const request = chooseSource();
  const cc = cCompiler();
  removeLeftovers(home);
  const workDir = join(home, `.building-${process.pid}`);
  mkdirSync(workDir);
  try {
    const source = await fetchSource(request, workDir, step);
    for (const remark of source.remarks) steps.warn(remark);
    const recipe = hashInputs({
      flags: CONFIGURE_FLAGS,
      prefix: PREFIX,
      compiler: cc.id,
      target: cc.target,
      source: source.sha256,
    });
    const key = `${source.version.replaceAll('~', '_')}-${arch}-${recipe.slice(0, 12)}`;
    const dir = join(home, key);

    if (!readBuild(dir)) {
      const outDir = join(workDir, 'out');
      const upstreamVersion = versionOf(source.sourceDir);
      const proof = await buildOpenssl(source.sourceDir, outDir, cc.command, step);
      writeJson(join(outDir, 'manifest.json'), {
        version: source.version,
        upstreamVersion,
        source: source.kind,
        sourceSha256: source.sha256,
        flags: CONFIGURE_FLAGS,
        compiler: cc.id,
        arch,
        fipsSha256: sha256File(join(outDir, 'fips.so')),
        ...proof,
        builtAt: new Date().toISOString(),
      });
      // What is not a whole build is nobody's, and stands in the way of the rename.
      rmSync(dir, { recursive: true, force: true });
      renameSync(outDir, dir);
    }
    remember(home, key, source.kind);
    step.result = key;
    const built = readBuild(dir);
    if (!built) throw new Error(`the build in ${dir} is not whole`);
    return built;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Notes which build answers this request, so that the next run needs no network to know. */
function remember(home, key, source) {
  const pointer = join(home, 'current.json');
  const known = Object.entries(readJson(pointer)?.requests ?? {}).filter(([, entry]) =>
    existsSync(join(home, entry.key)),
  );
  writeJson(pointer, {
    latest: key,
    requests: { ...Object.fromEntries(known), [requestId()]: { key, source } },
  });
}

/** Working trees of builds that were killed: we hold the lock, so nobody is working in them. */
function removeLeftovers(home) {
  for (const name of readdirSync(home)) {
    if (name.startsWith('.building-')) rmSync(join(home, name), { recursive: true, force: true });
  }
}

await runAsProgram(
  import.meta.url,
  HELP,
  { refresh: { type: 'boolean' }, 'print-dir': { type: 'boolean' } },
  async (options) => {
    const built = await buildDeps({ refresh: options.refresh });
    console.log(options['print-dir'] ? built.dir : `OpenSSL ${built.version} is in ${built.dir}`);
  },
);
