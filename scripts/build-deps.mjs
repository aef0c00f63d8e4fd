#!/usr/bin/env node
// Builds what the native addon is made with, from the source of others, into the user's cache.

import { runAsProgram } from './lib/cli.mjs';
import { provide } from './lib/deps/dependency.mjs';
import { NGHTTP2 } from './lib/deps/nghttp2.mjs';
import { OPENSSL } from './lib/deps/openssl.mjs';
import { PROTOZERO } from './lib/deps/protozero.mjs';
import { cacheRoot } from './lib/paths.mjs';
import { Steps } from './lib/steps.mjs';

/** What the addon is made with. */
const LINKED = [OPENSSL, NGHTTP2];
const ALL = [...LINKED, PROTOZERO];

const HELP = `Usage: node scripts/build-deps.mjs [--refresh] [--print-dir [NAME]]

Builds what the native addon is made with, and what its tests need besides:

  openssl    OpenSSL 3.5 as a static library, and its FIPS module (fips.so)
  nghttp2    the HTTP/2 library, as a static library with every symbol hidden
  protozero  a reader and writer of protobuf's wire format, headers alone: the tests compare ours with it

Each is kept in a folder of its own in ${cacheRoot()},
under a name made of version, flags, compiler and processor, and is shared by all checkouts of this user;
a second run has nothing to do and takes milliseconds. The first takes two to four minutes on two cores.

Where a source comes from, the first that applies:
  OPENSSL_TARBALL=FILE, NGHTTP2_TARBALL=FILE, PROTOZERO_TARBALL=FILE
                         a local release tarball, for machines without network
  on Debian              the package of Debian 13 with its security patches (of protozero the package of its
                         headers), through a private apt state (the system's own package lists and settings
                         stay as they are)
  elsewhere              the official release by pinned SHA-256 (scripts/lib/deps/pins.mjs)

  --refresh           look for newer patched versions even though all are built
  --print-dir [NAME]  print the directory of one build (openssl when there is no name), and nothing else, on
                      standard output
  --help              this text

Files in such a directory, as far as there are any: include/, lib/, fips.so, fipsmodule.cnf; always LICENSE.txt and
manifest.json. A directory that no checkout needs any more may be deleted at any time.`;

/**
 * @typedef {object} Deps
 * @property {import('./lib/deps/openssl.mjs').OpensslBuild} openssl
 * @property {import('./lib/deps/dependency.mjs').Build} nghttp2
 *
 * @typedef {Deps & {protozero: import('./lib/deps/dependency.mjs').Build}} TestDeps
 */

/**
 * Makes sure that everything the addon is made with is in the cache.
 * @param {{steps?: Steps}} [options]
 * @returns {Promise<Deps>}
 */
export async function buildDeps({ steps = new Steps() } = {}) {
  return provideAll(LINKED, steps, false);
}

/**
 * The same for the addon and its tests.
 * @param {{steps?: Steps}} [options]
 * @returns {Promise<TestDeps>}
 */
export async function buildTestDeps({ steps = new Steps() } = {}) {
  return provideAll(ALL, steps, false);
}

async function provideAll(dependencies, steps, refresh) {
  const built = [];
  for (const dependency of dependencies) {
    built.push([dependency.name, await provide(dependency, steps, refresh)]);
  }
  return Object.fromEntries(built);
}

await runAsProgram(
  import.meta.url,
  HELP,
  { refresh: { type: 'boolean' }, 'print-dir': { type: 'boolean' } },
  async (options, [name = OPENSSL.name]) => {
    const dependency = ALL.find((candidate) => candidate.name === name);
    if (!dependency) {
      const names = ALL.map((candidate) => candidate.name).join(', ');
      console.error(`${name}: there is no such dependency; one of ${names}`);
      return 2;
    }
    if (options['print-dir']) {
      console.log((await provide(dependency, new Steps(), options.refresh ?? false)).dir);
      return 0;
    }
    const deps = await provideAll(ALL, new Steps(), options.refresh ?? false);
    for (const { name: id, title } of ALL) {
      console.log(`${title} ${deps[id].version} is in ${deps[id].dir}`);
    }
    return 0;
  },
);
