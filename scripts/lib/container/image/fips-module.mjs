// Runs while the image is built, in its stage `fips-module`: puts an operator's own FIPS module into OUT, or nothing when
// the image is to have ours.
//
//   FIPS_MODULE_VERSION=… FIPS_MODULE_SHA256=… node fips-module.mjs build OUT DIRECTORY
//       without a version nothing; else builds the module of that release of OpenSSL, from the tarball with that SHA-256
//   FIPS_MODULE_VERSION=… FIPS_MODULE_SHA256=… node fips-module.mjs path OUT DIRECTORY
//       takes DIRECTORY/fips.so, whose SHA-256 that is, and DIRECTORY/fipsmodule.cnf
//
// A module is built as the security policies of OpenSSL ask: no option but enable-fips, no patch. Nothing else of that
// release is used. `install-status` would have the module skip its self tests, so no image may carry it.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const URL_OF_RELEASES = 'https://github.com/openssl/openssl/releases/download';
const SKIPS_SELF_TESTS = /^[ \t]*install-(status|mac|version)\b/;

/**
 * What the build arguments ask for; an Error in one sentence when they do not fit together.
 * @param {string} kind `build` or `path`
 * @param {NodeJS.ProcessEnv} env
 * @returns {{version: string, sha256: string, url: string} | undefined} undefined: no module of the operator's own
 */
export function readRequest(kind, env) {
  if (kind !== 'build' && kind !== 'path') throw new Error('FIPS_MODULE must be build or path');
  const version = env.FIPS_MODULE_VERSION ?? '';
  const sha256 = (env.FIPS_MODULE_SHA256 ?? '').toLowerCase();
  if (kind === 'build' && version === '') {
    if (sha256 !== '')
      throw new Error('FIPS_MODULE_SHA256 without FIPS_MODULE_VERSION: say which release it is of');
    return undefined;
  }
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new Error('FIPS_MODULE_VERSION must be the version of the module, such as 3.1.2');
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new Error(
      kind === 'path'
        ? 'FIPS_MODULE_SHA256 must be the SHA-256 of fips.so, 64 hexadecimal digits'
        : 'FIPS_MODULE_SHA256 must be the SHA-256 of the release tarball, 64 hexadecimal digits',
    );
  const url =
    env.FIPS_MODULE_URL || `${URL_OF_RELEASES}/openssl-${version}/openssl-${version}.tar.gz`;
  return { version, sha256, url };
}

/**
 * A fipsmodule.cnf without what would have the module skip its self tests. An Error when it does not vouch for a module.
 * @param {string} text
 * @returns {string}
 */
export function withoutInstallStatus(text) {
  const kept = text.split('\n').filter((line) => !SKIPS_SELF_TESTS.test(line));
  if (!kept.some((line) => /^[ \t]*module-mac[ \t]*=[ \t]*[0-9A-Fa-f:]{64,}[ \t\r]*$/.test(line)))
    throw new Error('fipsmodule.cnf has no module-mac: make it with openssl fipsinstall');
  return kept.join('\n');
}

function refuseOther(path, sha256) {
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found !== sha256)
    throw new Error(`${basename(path)} has SHA-256 ${found}, FIPS_MODULE_SHA256 says ${sha256}`);
}

async function build({ version, sha256, url }, out) {
  const work = mkdtempSync(join(tmpdir(), 'fips-module-'));
  const tarball = join(work, `openssl-${version}.tar.gz`);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  writeFileSync(tarball, Buffer.from(await answer.arrayBuffer()));
  refuseOther(tarball, sha256);
  const source = join(work, 'source');
  mkdirSync(source);
  const run = (command, ...args) =>
    execFileSync(command, args, { cwd: source, stdio: ['ignore', 'inherit', 'inherit'] });
  run('tar', '-xf', tarball, '--strip-components=1', '--no-same-owner');
  run('./Configure', 'enable-fips');
  run('make', `-j${availableParallelism()}`);
  const module = join(source, 'providers', 'fips.so');
  const made = join(work, 'fipsmodule.cnf');
  // Through the wrapper that finds the shared libraries of this build rather than the system's.
  run(
    'util/wrap.pl',
    ...['apps/openssl', 'fipsinstall', '-self_test_onload', '-module', module, '-out', made],
  );
  install(module, made, out);
}

function install(module, configuration, out) {
  copyFileSync(module, join(out, 'fips.so'));
  chmodSync(join(out, 'fips.so'), 0o755);
  const text = withoutInstallStatus(readFileSync(configuration, 'utf8'));
  writeFileSync(join(out, 'fipsmodule.cnf'), text, { mode: 0o644 });
}

async function main([kind, out, given]) {
  const request = readRequest(kind, process.env);
  mkdirSync(out, { recursive: true });
  if (request === undefined) return;
  if (kind === 'build') return build(request, out);
  for (const name of ['fips.so', 'fipsmodule.cnf'])
    if (!existsSync(join(given, name)))
      throw new Error(`there is no ${name} in deploy/docker/fips-module`);
  refuseOther(join(given, 'fips.so'), request.sha256);
  install(join(given, 'fips.so'), join(given, 'fipsmodule.cnf'), out);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`✗ ${error.message}`);
    process.exitCode = 1;
  }
}
