// Installs packages exactly as a lock file says, and knows when they already are.

import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { readJson } from './stamp.mjs';
import { StepFailure } from './failure.mjs';

/**
 * Whether node_modules holds what the lock file asks for. npm notes at the end of every install, in a lock file
 * inside node_modules, what it put there; comparing the two accepts any way the packages came, and an install that
 * was interrupted has no such note.
 * @param {string} dir with package-lock.json and node_modules
 * @returns {boolean}
 */
export function isInstalled(dir) {
  const wanted = readJson(join(dir, 'package-lock.json'))?.packages;
  const present = readJson(join(dir, 'node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !present) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const found = present[path];
    if (
      found
        ? found.version !== entry.version || found.integrity !== entry.integrity
        : !mayBeMissing(entry)
    )
      return false;
  }
  return Object.keys(present).every((path) => wanted[path]);
}

/**
 * Whether a package may be missing here: an optional one, unless it is the build of something for just this machine.
 * (One without such a field belongs to another that was left out.)
 */
function mayBeMissing(entry) {
  if (!entry.optional && !entry.devOptional) return false;
  if (!entry.os && !entry.cpu) return true;
  return (
    excludes(entry.os, process.platform) ||
    excludes(entry.cpu, process.arch) ||
    Boolean(entry.libc && excludes(entry.libc, libc()))
  );
}

/** Whether an os, cpu or libc field (one name or several, `!name` excludes) leaves this value out. */
function excludes(field, value) {
  const names = [field ?? []].flat();
  const wanted = names.filter((name) => !name.startsWith('!'));
  return names.includes(`!${value}`) || (wanted.length > 0 && !wanted.includes(value));
}

function libc() {
  const report = /** @type {any} */ (process.report?.getReport?.());
  return report?.header?.glibcVersionRuntime ? 'glibc' : 'musl';
}

/**
 * Installs exactly what the lock file says, without install scripts.
 * @param {string} dir
 * @param {import('./steps.mjs').Step} step
 * @param {string} [node] the Node to run npm with; packages are chosen for its version
 */
export async function npmCi(dir, step, node = process.execPath) {
  const [command, ...first] = npmCommand(node);
  step.say('npm ci');
  await step.run(
    command,
    [
      ...first,
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--include=dev',
      '--include=optional',
    ],
    { cwd: dir, env: withoutNpmState(process.env) },
  );
  if (!isInstalled(dir)) {
    throw new StepFailure(
      'what npm installed is not what package-lock.json says',
      `Remove ${join(dir, 'node_modules')} and run the same command again; if that does not help, run \`npm install\` and look at what it changes.`,
    );
  }
}

/**
 * npm's own script, so that we can choose the Node it runs under: the npm that started us, else the one beside this
 * Node, else the one on PATH.
 */
export function npmCommand(node) {
  const places = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)].map(
    (dir) => join(dir, 'npm'),
  );
  const script = [process.env.npm_execpath ?? '', ...places]
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .find((path) => /npm-cli\.c?js$/.test(path));
  return script ? [node, script] : ['npm'];
}

/**
 * An environment without what npm tells the scripts it starts about the package and command it was started for: a
 * second npm would take that for orders of its own. The person's own settings (registry, proxy, tokens) stay.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutNpmState(env) {
  const settings = /^npm_config_/i;
  const orders =
    /^npm_config_(local_prefix|prefix|global|location|omit|include|only|production|dev|dry_run|save.*|package_lock.*|workspaces?|include_workspace_root|force|legacy_peer_deps)$/i;
  return pick(env, (name) => !/^npm_/i.test(name) || (settings.test(name) && !orders.test(name)));
}

/**
 * An environment without any word of npm's. node-gyp reads npm's settings as its own, and puts them above its options:
 * a `nodedir` in somebody's ~/.npmrc would choose the headers.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutNpm(env) {
  return pick(env, (name) => !/^npm_/i.test(name));
}

function pick(env, wanted) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted(name)));
}
