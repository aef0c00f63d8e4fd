// One library that is built from the source of others and kept in the user's cache.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { cCompiler } from '../compiler.mjs';
import { withLock } from '../lock.mjs';
import { cacheDir, cacheRoot } from '../paths.mjs';
import { hashInputs, readJson, writeJson } from '../stamp.mjs';
import { chooseSource, fetchSource } from './source.mjs';

/**
 * @typedef {object} Dependency
 * @property {string} name its directory in the cache
 * @property {string} title
 * @property {string} purpose what is built, for people
 * @property {string} advice for when it fails
 * @property {string} tarballVariable the variable that names a local release tarball
 * @property {import('./pins.mjs').Pin} pin
 * @property {Record<string, unknown>} recipe what of ours decides about the result
 * @property {string[]} files without these a build is not whole
 * @property {(sourceDir: string) => string} versionOf '' when this is not its source
 * @property {(sourceDir: string, outDir: string, cc: string, step: import('../steps.mjs').Step) => Promise<Record<string, unknown>>} build
 *   fills `outDir`, LICENSE.txt included, and returns what the manifest is to hold besides
 *
 * @typedef {object} Build
 * @property {string} dir
 * @property {string} version full version, with the distribution's revision
 * @property {string} upstreamVersion
 * @property {'debian' | 'tarball' | 'release'} source
 * @property {string} sourceSha256 of the upstream tarball, or of a distribution's binary package
 * @property {string} compiler
 * @property {string} arch
 * @property {string} builtAt
 */

/**
 * Makes sure that the wanted build is in the cache.
 * @param {Dependency} dependency
 * @param {import('../steps.mjs').Steps} steps
 * @param {boolean} refresh ask again which version is the newest
 * @returns {Promise<Build>}
 */
export async function provide(dependency, steps, refresh) {
  const known = refresh ? undefined : findBuild(dependency);
  if (known) return known;
  const { name, title, purpose, advice } = dependency;
  return steps.step(name, purpose, async (step) => {
    step.advice = `Run the same command again once the cause is removed; nothing half-made was kept. ${advice}`;
    const home = cacheDir(name);
    return withLock(
      join(home, 'lock'),
      `building ${title}`,
      async () => {
        const meanwhile = refresh ? undefined : findBuild(dependency);
        if (meanwhile) return meanwhile;
        step.begin(refresh ? 'looking for a newer version' : 'not in the cache yet');
        return build(dependency, home, step, steps);
      },
      (text) => {
        step.lastLine = text;
      },
    );
  });
}

/**
 * The finished build for this machine and this checkout, found without the network.
 * @param {Dependency} dependency
 * @returns {Build | undefined}
 */
function findBuild(dependency) {
  const home = join(cacheRoot(), dependency.name);
  const key = readJson(join(home, 'current.json'))?.requests?.[requestId(dependency)]?.key;
  return key ? readBuild(dependency, join(home, key)) : undefined;
}

function readBuild({ files }, dir) {
  const manifest = readJson(join(dir, 'manifest.json'));
  const whole = manifest && files.every((file) => existsSync(join(dir, file)));
  return whole ? { dir, ...manifest } : undefined;
}

/** Everything that decides about the result and is known without asking anybody. */
function requestId(dependency) {
  const source = chooseSource(dependency);
  return hashInputs({
    source: source.kind === 'tarball' ? { kind: source.kind, sha256: source.sha256 } : source,
    minimum: source.kind === 'debian' ? dependency.pin.debian.minimum : '',
    compiler: cCompiler().id,
    ...dependency.recipe,
    arch,
  });
}

/** Fetches the source and, unless exactly this version is there already, builds it. Call it under the lock. */
async function build(dependency, home, step, steps) {
  const request = chooseSource(dependency);
  const cc = cCompiler();
  removeLeftovers(home);
  const workDir = join(home, `.building-${process.pid}`);
  mkdirSync(workDir);
  try {
    const source = await fetchSource(dependency, request, workDir, step);
    for (const remark of source.remarks) steps.warn(remark);
    const recipe = hashInputs({
      ...dependency.recipe,
      compiler: cc.id,
      target: cc.target,
      source: source.sha256,
    });
    const key = `${source.version.replaceAll('~', '_')}-${arch}-${recipe.slice(0, 12)}`;
    const dir = join(home, key);

    if (!readBuild(dependency, dir)) {
      const outDir = join(workDir, 'out');
      mkdirSync(outDir);
      const upstreamVersion = dependency.versionOf(source.sourceDir);
      const facts = await dependency.build(source.sourceDir, outDir, cc.command, step);
      writeJson(join(outDir, 'manifest.json'), {
        version: source.version,
        upstreamVersion,
        source: source.kind,
        sourceSha256: source.sha256,
        compiler: cc.id,
        arch,
        ...facts,
        builtAt: new Date().toISOString(),
      });
      // What is not a whole build is nobody's, and stands in the way of the rename.
      rmSync(dir, { recursive: true, force: true });
      renameSync(outDir, dir);
    }
    remember(dependency, home, key, source.kind);
    step.result = key;
    const built = readBuild(dependency, dir);
    if (!built) throw new Error(`the build in ${dir} is not whole`);
    return built;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Notes which build answers this request, so that the next run needs no network to know. */
function remember(dependency, home, key, source) {
  const pointer = join(home, 'current.json');
  const known = Object.entries(readJson(pointer)?.requests ?? {}).filter(([, entry]) =>
    existsSync(join(home, entry.key)),
  );
  writeJson(pointer, {
    latest: key,
    requests: { ...Object.fromEntries(known), [requestId(dependency)]: { key, source } },
  });
}

/** Working trees of builds that were killed: we hold the lock, so nobody is working in them. */
function removeLeftovers(home) {
  for (const name of readdirSync(home)) {
    if (name.startsWith('.building-')) rmSync(join(home, name), { recursive: true, force: true });
  }
}
