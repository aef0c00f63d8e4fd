// Gets OpenSSL's source, from the first of three places that applies:
//   1. OPENSSL_TARBALL, a local release tarball (for machines without any network);
//   2. on Debian, the distribution's source package with all its security patches;
//   3. elsewhere, and where no mirror has that source package, the official release by its pinned SHA-256.

import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { get } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fetchDebianSource, osRelease } from './debian-source.mjs';
import { BRANCH, DEBIAN_MINIMUM, DEBIAN_SUITE, RELEASE } from './openssl-pin.mjs';
import { StepFailure } from './failure.mjs';
import { sha256File } from './stamp.mjs';

/**
 * @typedef {{kind: 'tarball', path: string, sha256: string}
 *   | {kind: 'debian', suite: string}
 *   | {kind: 'release', version: string, sha256: string}} SourceRequest
 * @typedef {{kind: 'tarball' | 'debian' | 'release', version: string, sourceDir: string, sha256: string, remarks: string[]}} Source
 *   kind: where it came from in the end; remarks: what a person should know about that
 */

/**
 * Which source this machine builds from. Needs no network, so that the answer can be compared with the cache.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {SourceRequest}
 */
export function chooseSource(env = process.env) {
  const path = env.OPENSSL_TARBALL;
  if (path) {
    if (!existsSync(path)) {
      throw new StepFailure(
        `OPENSSL_TARBALL names ${path}, which does not exist`,
        'Unset OPENSSL_TARBALL, or set it to the path of an OpenSSL release tarball on this machine.',
      );
    }
    return { kind: 'tarball', path, sha256: sha256File(path) };
  }
  if (osRelease().ID === 'debian') return { kind: 'debian', suite: DEBIAN_SUITE };
  return { kind: 'release', version: RELEASE.version, sha256: RELEASE.sha256 };
}

/**
 * Downloads if need be, checks and unpacks.
 * @param {SourceRequest} request
 * @param {string} workDir an empty directory
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<Source>}
 */
export async function fetchSource(request, workDir, step) {
  if (request.kind === 'tarball') {
    const source = await unpack(request.path, request.sha256, workDir, step);
    const old = patchNumber(source.version) < patchNumber(RELEASE.version);
    const remark = `OPENSSL_TARBALL holds OpenSSL ${source.version}; security fixes of ${RELEASE.version} are missing unless you added them`;
    return { kind: 'tarball', ...source, remarks: old ? [remark] : [] };
  }
  if (request.kind === 'release') return fetchRelease(workDir, step);
  try {
    return await fetchDebian(request.suite, workDir, step);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const release = await fetchRelease(workDir, step).catch(() => undefined);
    // Of two failures the first is the one to mend.
    if (!release) throw error;
    return { ...release, remarks: [`${error.message}; taking the official release instead`] };
  }
}

/** @returns {Promise<Source>} */
async function fetchDebian(suite, workDir, step) {
  const request = { name: 'openssl', branch: BRANCH, suite, minimum: DEBIAN_MINIMUM, workDir };
  return { kind: 'debian', ...(await fetchDebianSource(request, step)) };
}

/** @returns {Promise<Source>} */
async function fetchRelease(workDir, step) {
  const tarball = await download(workDir, step);
  return {
    kind: 'release',
    ...(await unpack(tarball, RELEASE.sha256, workDir, step)),
    remarks: [],
  };
}

async function unpack(tarball, sha256, workDir, step) {
  const sourceDir = join(workDir, 'source');
  rmSync(sourceDir, { recursive: true, force: true });
  mkdirSync(sourceDir);
  step.say(`unpacking ${tarball}`);
  await step.run('tar', [
    '-xf',
    tarball,
    '-C',
    sourceDir,
    '--strip-components=1',
    '--no-same-owner',
  ]);
  const version = versionOf(sourceDir);
  if (!version.startsWith(`${BRANCH}.`)) {
    throw new StepFailure(
      `${tarball} holds OpenSSL ${version || 'of an unknown version'}, not ${BRANCH}`,
      `The addon is written for OpenSSL ${BRANCH}. Give a release tarball of that branch.`,
    );
  }
  return { version, sourceDir, sha256 };
}

/** The release tarball, verified before anything looks inside. */
async function download(workDir, step) {
  const path = join(workDir, `openssl-${RELEASE.version}.tar.gz`);
  step.say(`downloading ${RELEASE.url}`);
  try {
    await fetchTo(RELEASE.url, path);
  } catch (error) {
    throw new StepFailure(
      `could not download ${RELEASE.url} (${error.message})`,
      `Check the network. Without one, copy openssl-${RELEASE.version}.tar.gz to this machine and run the same command with ` +
        `OPENSSL_TARBALL=/path/to/openssl-${RELEASE.version}.tar.gz.`,
    );
  }
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  const found = digest.digest('hex');
  if (found !== RELEASE.sha256) {
    throw new StepFailure(
      `${RELEASE.url} has SHA-256 ${found}, expected ${RELEASE.sha256}`,
      'The download is damaged or has been replaced. Nothing of it was used. Try again; if it happens again, report it.',
    );
  }
  return path;
}

function fetchTo(url, path, redirects = 5) {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400 && headers.location && redirects > 0) {
        response.resume();
        fetchTo(new URL(headers.location, url).href, path, redirects - 1).then(resolve, reject);
      } else if (statusCode !== 200) {
        response.resume();
        reject(new Error(`answer ${statusCode}`));
      } else {
        pipeline(response, createWriteStream(path)).then(resolve, reject);
      }
    }).on('error', reject);
  });
}

function patchNumber(version) {
  return Number(version.split('.')[2]);
}

/**
 * The version that OpenSSL's own VERSION.dat gives.
 * @param {string} sourceDir
 * @returns {string}
 */
export function versionOf(sourceDir) {
  const path = join(sourceDir, 'VERSION.dat');
  if (!existsSync(path)) return '';
  const text = readFileSync(path, 'utf8');
  return ['MAJOR', 'MINOR', 'PATCH']
    .map((name) => new RegExp(`^${name}=(\\d+)$`, 'm').exec(text)?.[1] ?? '')
    .join('.');
}
