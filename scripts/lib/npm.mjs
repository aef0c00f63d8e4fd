// Installs packages exactly as a lock file says, and knows when they already are.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson } from './stamp.mjs';

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
    if (found ? found.version !== entry.version || found.integrity !== entry.integrity : !mayBeMissing(entry)) return false;
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
  return excludes(entry.os, process.platform) || excludes(entry.cpu, process.arch) || Boolean(entry.libc && excludes(entry.libc, libc()));
}

/** Whether an os, cpu or libc field (one name or several, `!name` excludes) leaves this value out. */
function excludes(field, value) {
  const names = [field ?? []].flat();
  const wanted = names.filter((name) => !name.startsWith('!'));
  return names.includes(`!${value}`) || (wanted.length > 0 && !wanted.includes(value));
}

function libc() {
  return process.report?.getReport?.().header?.glibcVersionRuntime ? 'glibc' : 'musl';
}

/**
 * `npm ci`, without install scripts.
 * @param {string} dir
 * @param {import('./steps.mjs').Step} step
 */
export async function npmCi(dir, step) {
  const [command, ...args] = npmCommand();
  step.say('npm ci');
  await step.run(command, [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional'],
    { cwd: dir, env: withoutNpmState(process.env) });
}

/** npm as it was started, else the one beside this Node, else the one on PATH. */
function npmCommand() {
  const started = process.env.npm_execpath;
  if (started && /npm-cli\.c?js$/.test(started) && existsSync(started)) return [process.execPath, started];
  const beside = join(dirname(process.execPath), 'npm');
  return [existsSync(beside) ? beside : 'npm'];
}

/**
 * An environment without what npm tells the scripts it starts about the package and command it was started for; a
 * second npm, or node-gyp, would take that for settings of its own. The person's own settings stay in ~/.npmrc.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutNpmState(env) {
  const kept = /^npm_config_(registry|cache|userconfig|globalconfig|offline|prefer_offline|(https?_?)?_?proxy|noproxy|cafile|ca)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name)));
}
