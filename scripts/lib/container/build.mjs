// Builds the targets of Dockerfile.fips.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../paths.mjs';
import { capture } from '../run.mjs';

/** What there is, and what each is called here. */
export const TARGETS = /** @type {const} */ (['broker', 'gateway', 'core']);
/** @typedef {typeof TARGETS[number]} Target */

/** @param {Target | 'application'} target */
export const imageName = (target) =>
  target === 'application'
    ? 'localhost/crypto-broker:example'
    : `localhost/crypto-broker:${target}-fips`;

/** Where the certificates of this machine's own authorities may be: behind a proxy, npm needs them. */
const SYSTEM_CA = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

/**
 * Builds one image.
 * @param {import('./engine.mjs').Engine} engine
 * @param {import('../steps.mjs').Step} step
 * @param {object} wanted
 * @param {string} wanted.target
 * @param {string} wanted.name
 * @param {Record<string, string>} [wanted.args] build arguments
 * @param {string} [wanted.context]
 * @param {boolean} [wanted.anew] take no layer from earlier builds
 * @param {boolean} [wanted.pull] ask the registry for the base image
 */
export async function buildImage(engine, step, wanted) {
  const { target, name, args = {}, context = projectRoot, anew = false, pull = false } = wanted;
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const given = { VERSION: version, ...args };
  step.begin();
  await engine.run(
    'buildah',
    [
      'build',
      // OCI's own format has no place for HEALTHCHECK.
      ...['--format', 'docker', '--isolation', 'chroot', '--network', 'host'],
      ...(anew ? ['--no-cache'] : ['--layers']),
      ...(pull ? ['--pull'] : ['--pull-never']),
      ...secrets(engine),
      ...Object.entries(given).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
      ...['--file', join(projectRoot, 'Dockerfile.fips'), '--target', target, '--tag', name],
      context,
    ],
    {
      log: step.log,
      onLine: (line) => {
        if (/^(\[\d|STEP|…|✓)/.test(line.trim())) step.lastLine = `${target}: ${line.trim()}`;
      },
    },
  );
}

/** npm's registry and this machine's certificates, for the build alone. Tokens and passwords are not passed on. */
function secrets(engine) {
  const registry = capture('npm', ['config', 'get', 'registry']);
  const ca = SYSTEM_CA.find((path) => existsSync(path));
  const npmrc = join(engine.scratch, 'npmrc');
  writeFileSync(
    npmrc,
    [registry && `registry=${registry}`, ca && 'cafile=/run/secrets/ca', '']
      .filter((line) => line !== undefined)
      .join('\n'),
  );
  return [...['--secret', `id=npmrc,src=${npmrc}`], ...(ca ? ['--secret', `id=ca,src=${ca}`] : [])];
}
