// Compiles OpenSSL from an unpacked source tree and gathers what the addon needs from it.

import { createHmac } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobs } from './run.mjs';
import { CONFIGURE_FLAGS, FIPS_INTEGRITY_KEY, PREFIX } from './openssl-pin.mjs';
import { StepFailure } from './failure.mjs';

/** Settings of the person's shell that would change what is built without being part of the cache key. */
const FOREIGN_VARIABLES =
  /^(C|CXX|CPP|LD|AR|AS)FLAGS$|^(CPP)?(DEFINES|INCLUDES)$|^(LDLIBS|CROSS_COMPILE|MAKEFLAGS|MAKELEVEL|MFLAGS)$|^OPENSSL_|^PERL5?/;

/**
 * Configure, compile, install.
 * @param {string} sourceDir
 * @param {string} outDir receives include/, lib/libcrypto.a, fips.so, fipsmodule.cnf and LICENSE.txt
 * @param {string} cc
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<{moduleMac: string, fipsParameters: Record<string, string>}>}
 */
export async function buildOpenssl(sourceDir, outDir, cc, step) {
  const env = buildEnvironment(sourceDir, cc);
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
  const files = [
    [join(installed, 'include', 'openssl'), join(outDir, 'include', 'openssl')],
    [join(installed, 'lib', 'libcrypto.a'), join(outDir, 'lib', 'libcrypto.a')],
    [join(installed, 'lib', 'ossl-modules', 'fips.so'), join(outDir, 'fips.so')],
    [join(sourceDir, 'LICENSE.txt'), join(outDir, 'LICENSE.txt')],
  ];
  for (const [from, to] of files) {
    if (!existsSync(from))
      throw new StepFailure(
        `the build left no ${from}`,
        'This is a defect of the build script: please report it with the log.',
      );
    mkdirSync(join(to, '..'), { recursive: true });
    cpSync(from, to, { recursive: true });
  }
  return proveModule(join(sourceDir, 'apps', 'openssl'), outDir, env, step);
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

function buildEnvironment(sourceDir, cc) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !FOREIGN_VARIABLES.test(name)),
  );
  return {
    ...env,
    CC: cc,
    LC_ALL: 'C',
    // The library records when it was built; the release's own date makes two builds of one source equal.
    SOURCE_DATE_EPOCH: releaseDate(sourceDir),
  };
}

function releaseDate(sourceDir) {
  const date = /^RELEASE_DATE="(.*)"$/m.exec(
    readFileSync(join(sourceDir, 'VERSION.dat'), 'utf8'),
  )?.[1];
  const time = Date.parse(`${date} UTC`);
  return String(Number.isNaN(time) ? 0 : time / 1000);
}
