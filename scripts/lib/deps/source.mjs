// Gets the source of a dependency, from the first of three places that applies:
//   1. a local release tarball that a variable names (for machines without any network);
//   2. on Debian, the distribution's package with all its security patches;
//   3. elsewhere, and where no mirror has that package, the official release by its pinned SHA-256.

import { createReadStream, createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { get } from 'node:https';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fetchDebianPackage, osRelease } from '../debian-source.mjs';
import { StepFailure } from '../failure.mjs';
import { sha256File } from '../stamp.mjs';
import { DEBIAN_SUITE } from './pins.mjs';

/**
 * @typedef {import('./dependency.mjs').Dependency} Dependency
 * @typedef {{kind: 'tarball', path: string, sha256: string}
 *   | {kind: 'debian', suite: string}
 *   | {kind: 'release', version: string, sha256: string}} SourceRequest
 * @typedef {{kind: 'tarball' | 'debian' | 'release', version: string, sourceDir: string, sha256: string, remarks: string[]}} Source
 *   kind: where it came from in the end; remarks: what a person should know about that
 */

/**
 * Which source this machine builds from. Needs no network, so that the answer can be compared with the cache.
 * @param {Dependency} dependency
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {SourceRequest}
 */
export function chooseSource({ title, tarballVariable, pin }, env = process.env) {
  const path = env[tarballVariable];
  if (path) {
    if (!existsSync(path)) {
      throw new StepFailure(
        `${tarballVariable} names ${path}, which does not exist`,
        `Unset ${tarballVariable}, or set it to the path of a release tarball of ${title} on this machine.`,
      );
    }
    return { kind: 'tarball', path, sha256: sha256File(path) };
  }
  if (osRelease().ID === 'debian') return { kind: 'debian', suite: DEBIAN_SUITE };
  return { kind: 'release', version: pin.release.version, sha256: pin.release.sha256 };
}

/**
 * Downloads if need be, checks and unpacks.
 * @param {Dependency} dependency
 * @param {SourceRequest} request
 * @param {string} workDir an empty directory
 * @param {import('../steps.mjs').Step} step
 * @returns {Promise<Source>}
 */
export async function fetchSource(dependency, request, workDir, step) {
  const { title, tarballVariable, pin } = dependency;
  if (request.kind === 'tarball') {
    const source = await unpack(dependency, request.path, request.sha256, workDir, step);
    const remark = `${tarballVariable} holds ${title} ${source.version}; security fixes of ${pin.release.version} are missing unless you added them`;
    const old = isOlder(source.version, pin.release.version);
    return { kind: 'tarball', ...source, remarks: old ? [remark] : [] };
  }
  if (request.kind === 'release') return fetchRelease(dependency, workDir, step);
  try {
    return await fetchDebian(dependency, request.suite, workDir, step);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const release = await fetchRelease(dependency, workDir, step).catch(() => undefined);
    // Of two failures the first is the one to mend.
    if (!release) throw error;
    return { ...release, remarks: [`${error.message}; taking the official release instead`] };
  }
}

/** @returns {Promise<Source>} */
async function fetchDebian({ tarballVariable, pin }, suite, workDir, step) {
  const request = { ...pin.debian, branch: pin.branch, suite, workDir };
  try {
    return { kind: 'debian', ...(await fetchDebianPackage(request, step)) };
  } catch (error) {
    if (error instanceof StepFailure) {
      error.advice += ` Or give a local release tarball: ${tarballVariable}=/path/to/${basename(pin.release.url)}.`;
    }
    throw error;
  }
}

/** @returns {Promise<Source>} */
async function fetchRelease(dependency, workDir, step) {
  const tarball = await download(dependency, workDir, step);
  return {
    kind: 'release',
    ...(await unpack(dependency, tarball, dependency.pin.release.sha256, workDir, step)),
    remarks: [],
  };
}

async function unpack({ title, pin, versionOf }, tarball, sha256, workDir, step) {
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
  if (!version.startsWith(`${pin.branch}.`)) {
    throw new StepFailure(
      `${tarball} holds ${title} ${version || 'of an unknown version'}, not ${pin.branch}`,
      `The addon is written for ${title} ${pin.branch}. Give a release tarball of that branch.`,
    );
  }
  return { version, sourceDir, sha256 };
}

/** The release tarball, verified before anything looks inside. */
async function download({ tarballVariable, pin }, workDir, step) {
  const { url, sha256 } = pin.release;
  const path = join(workDir, basename(url));
  step.say(`downloading ${url}`);
  try {
    await fetchTo(url, path);
  } catch (error) {
    throw new StepFailure(
      `could not download ${url} (${error.message})`,
      `Check the network. Without one, copy that file to this machine and run the same command with ` +
        `${tarballVariable}=/path/to/${basename(url)}.`,
    );
  }
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  const found = digest.digest('hex');
  if (found !== sha256) {
    throw new StepFailure(
      `${url} has SHA-256 ${found}, expected ${sha256}`,
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

/** Compares versions of three numbers. */
function isOlder(version, than) {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  const differs = right.findIndex((number, at) => number !== left[at]);
  return differs >= 0 && left[differs] < right[differs];
}
