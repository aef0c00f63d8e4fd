// What the checks work with.

import { chownSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { projectRoot } from '../paths.mjs';

/**
 * @typedef {object} Site
 * @property {import('./engine.mjs').Engine} engine
 * @property {import('./containers.mjs').Containers} containers
 * @property {import('../steps.mjs').Steps} steps
 * @property {string} scratch
 * @property {string} secrets certificates and keys that user 65532 may read; issuer/ has a CA and a request
 * @property {string} context what the images are built from
 */

const USER = 65532;
/** Certificates and keys for all checks. @param {string} scratch @returns {string} */
export function makeSecrets(scratch) {
  const directory = join(scratch, 'secrets');
  const script = join(projectRoot, 'deploy', 'docker', 'make-secrets.sh');
  execFileSync(script, [directory], { stdio: ['ignore', 'ignore', 'pipe'] });
  const issuer = join(directory, 'issuer');
  mkdirSync(issuer);
  const openssl = (...args) =>
    execFileSync('openssl', args, { cwd: issuer, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = (curve) => ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-nodes'];
  openssl(
    ...['req', '-x509', ...key('P-384'), '-sha384', '-days', '2', '-subj', '/O=Example/CN=Test CA'],
    ...[
      '-keyout',
      'ca-key.pem',
      '-out',
      'ca-cert.pem',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
    ],
  );
  openssl(
    ...['req', ...key('P-256'), '-sha384', '-subj', '/C=DE/O=Example/CN=app.example.org'],
    ...['-keyout', 'csr-key.pem', '-out', 'csr.pem'],
  );
  for (const path of [issuer, ...readdirSync(issuer).map((name) => join(issuer, name))])
    chownSync(path, USER, USER);
  return directory;
}

/**
 * Copies what the images are built from, for builds that need other files as well.
 * @param {string} source a checkout
 * @param {string} to
 */
export function copyBuildContext(source, to) {
  mkdirSync(to, { recursive: true });
  const copy = ['--preserve=mode,timestamps', '--parents', '-t', to];
  execFileSync('cp', [...copy, ...filesOfContext(source)], { cwd: source });
}

/** What .dockerignore lets through, by the few forms that ours is written in. */
function* filesOfContext(source) {
  const lines = readFileSync(join(source, '.dockerignore'), 'utf8').split('\n');
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const refused = lines.filter((line) => /^[\w.]/.test(line));
  for (const pattern of allowed) {
    const files = pattern.endsWith('/*.mjs')
      ? readdirSync(join(source, dirname(pattern)))
          .filter((name) => name.endsWith('.mjs'))
          .map((name) => join(dirname(pattern), name))
      : filesBelow(source, pattern);
    for (const file of files)
      if (!refused.some((place) => file.startsWith(`${place}/`))) yield file;
  }
}

function filesBelow(source, path) {
  const stat = lstatSync(join(source, path));
  if (stat.isFile()) return [path];
  if (!stat.isDirectory()) return [];
  return readdirSync(join(source, path)).flatMap((name) => filesBelow(source, join(path, name)));
}
