// OpenSSL 3.5 as a static library, and its FIPS module.

import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { jobs } from '../run.mjs';
import { sha256File } from '../stamp.mjs';
import { buildEnvironment } from './build-environment.mjs';
import { copyFiles } from './copy-files.mjs';
import { OPENSSL_PIN } from './pins.mjs';

/**
 * Configure's arguments.
 *
 * `enable-ec_nistp_64_gcc_128` makes P-384 and P-521 five to ten times faster and is no default of OpenSSL's.
 * `no-autoload-config` keeps OPENSSL_CONF, which belongs to Node's own OpenSSL, from steering the one in our addon.
 * `no-module` must never appear here: it switches the FIPS provider off without a word.
 */
const CONFIGURE_FLAGS = [
  'enable-fips',
  'enable-ec_nistp_64_gcc_128',
  'no-shared',
  'no-tests',
  'no-docs',
  'no-legacy',
  'no-engine',
  'no-comp',
  'no-quic',
  'no-ssl3',
  'no-autoload-config',
  '-fPIC',
  '-fstack-protector-strong',
  '-D_FORTIFY_SOURCE=3',
  '-Wl,-z,relro',
  '-Wl,-z,now',
];

/**
 * The directories compiled into libcrypto. They exist nowhere and only root could create them, so nothing is ever
 * read from there; and because they do not name the cache, the result is the same whoever builds it.
 */
const PREFIX = '/var/empty/crypto-broker';

/**
 * The key of the FIPS module's integrity check. It is published in OpenSSL's source: the check finds damage, not an
 * attacker. We compute the value ourselves as well and compare it with what OpenSSL's own tool says.
 */
const FIPS_INTEGRITY_KEY = 'f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813';

/**
 * What the manifest of a build has besides what every dependency's has.
 * @typedef {object} OpensslFacts
 * @property {string[]} flags
 * @property {string} fipsSha256
 * @property {string} moduleMac HMAC-SHA256 of fips.so under the published key, lower-case hexadecimal
 * @property {Record<string, string>} fipsParameters what `fipsinstall -pedantic` wrote, module-mac included
 * @typedef {import('./dependency.mjs').Build & OpensslFacts} OpensslBuild
 */

/** @type {import('./dependency.mjs').Dependency} */
export const OPENSSL = {
  name: 'openssl',
  title: 'OpenSSL',
  purpose: 'OpenSSL 3.5 with FIPS module',
  advice:
    'The usual causes are a full disk (about 500 MB are needed while building), too little memory, or a package mirror that does not answer.',
  tarballVariable: 'OPENSSL_TARBALL',
  pin: OPENSSL_PIN,
  recipe: { flags: CONFIGURE_FLAGS, prefix: PREFIX },
  files: ['lib/libcrypto.a', 'fips.so', 'include/openssl/evp.h'],
  versionOf,
  build,
};

/**
 * Configure, compile, install.
 * @param {string} sourceDir
 * @param {string} outDir receives include/, lib/libcrypto.a, fips.so, fipsmodule.cnf and LICENSE.txt
 * @param {string} cc
 * @param {import('../steps.mjs').Step} step
 * @returns {Promise<OpensslFacts>}
 */
async function build(sourceDir, outDir, cc, step) {
  // The library records when it was built; the release's own date makes two builds of one source equal.
  const env = { ...buildEnvironment(cc), SOURCE_DATE_EPOCH: releaseDate(sourceDir) };
  const options = { cwd: sourceDir, env };

  step.say('configuring');
  await step.run(
    'perl',
    [
      'Configure',
      `--prefix=${PREFIX}`,
      `--openssldir=${PREFIX}/ssl`,
      '--libdir=lib',
      ...CONFIGURE_FLAGS,
    ],
    options,
  );

  step.say('compiling');
  const total = countObjects(join(sourceDir, 'Makefile'));
  let compiled = 0;
  await step.run('make', [`-j${jobs()}`, 'build_sw'], {
    ...options,
    onLine: (line) => {
      const source = /\s-c\s.*\s(\S+\.(?:c|s|S))$/.exec(line)?.[1];
      if (!source) return;
      compiled += 1;
      step.progress(compiled / total);
      step.lastLine = source;
    },
  });

  step.progress(undefined);
  step.say('gathering headers, library and FIPS module');
  const staged = join(sourceDir, '.staged');
  await step.run('make', [`DESTDIR=${staged}`, 'install_sw', 'install_fips'], options);

  const installed = join(staged, PREFIX);
  copyFiles([
    [join(installed, 'include', 'openssl'), join(outDir, 'include', 'openssl')],
    [join(installed, 'lib', 'libcrypto.a'), join(outDir, 'lib', 'libcrypto.a')],
    [join(installed, 'lib', 'ossl-modules', 'fips.so'), join(outDir, 'fips.so')],
    [join(sourceDir, 'LICENSE.txt'), join(outDir, 'LICENSE.txt')],
  ]);
  const proof = await proveModule(join(sourceDir, 'apps', 'openssl'), outDir, env, step);
  return { flags: CONFIGURE_FLAGS, fipsSha256: sha256File(join(outDir, 'fips.so')), ...proof };
}

/** Runs the module's own self tests through OpenSSL's tool, and checks its integrity value by a second way. */
async function proveModule(openssl, outDir, env, step) {
  step.say('self tests of the FIPS module');
  const module = join(outDir, 'fips.so');
  const config = join(outDir, 'fipsmodule.cnf');
  await step.run(openssl, ['fipsinstall', '-pedantic', '-module', module, '-out', config], { env });
  const fipsParameters = parseModuleConfig(readFileSync(config, 'utf8'));
  const moduleMac = (fipsParameters['module-mac'] ?? '').replaceAll(':', '').toLowerCase();
  const own = createHmac('sha256', Buffer.from(FIPS_INTEGRITY_KEY, 'hex'))
    .update(readFileSync(module))
    .digest('hex');
  if (moduleMac !== own) {
    throw new StepFailure(
      `OpenSSL says the module's integrity value is ${moduleMac || 'missing'}, we find ${own}`,
      'Memory or disk of this machine may be faulty, or the source was changed. Run the same command again; report it if it repeats.',
    );
  }
  return { moduleMac, fipsParameters };
}

/** The `name = value` lines of a fipsmodule.cnf. */
function parseModuleConfig(text) {
  return Object.fromEntries(
    text
      .split('\n')
      .map((line) => /^([a-z0-9-]+)\s*=\s*(.*?)\s*$/.exec(line))
      .filter((match) => match !== null)
      .map((match) => [match[1], match[2]]),
  );
}

/** How many objects `make build_sw` will compile, for the percentage. */
function countObjects(makefile) {
  return Math.max(
    1,
    readFileSync(makefile, 'utf8')
      .split('\n')
      .filter((line) => / -c -o \$@ /.test(line)).length,
  );
}

function releaseDate(sourceDir) {
  const date = /^RELEASE_DATE="(.*)"$/m.exec(
    readFileSync(join(sourceDir, 'VERSION.dat'), 'utf8'),
  )?.[1];
  const time = Date.parse(`${date} UTC`);
  return String(Number.isNaN(time) ? 0 : time / 1000);
}

/** The version that OpenSSL's own VERSION.dat gives. */
function versionOf(sourceDir) {
  const path = join(sourceDir, 'VERSION.dat');
  if (!existsSync(path)) return '';
  const text = readFileSync(path, 'utf8');
  return ['MAJOR', 'MINOR', 'PATCH']
    .map((name) => new RegExp(`^${name}=(\\d+)$`, 'm').exec(text)?.[1] ?? '')
    .join('.');
}
