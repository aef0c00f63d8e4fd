// Where things are: the checkout, the user's cache, and the log files inside it.

import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StepFailure } from './failure.mjs';

/** The top of the checkout, with symbolic links resolved so that two spellings mean one place. */
export const projectRoot = realpathSync(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));

/**
 * The cache directory of this user. A relative XDG_CACHE_HOME is ignored, as its specification demands.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function cacheRoot(env = process.env) {
  const base = env.XDG_CACHE_HOME;
  return join(
    base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.cache'),
    'crypto-broker',
  );
}

/**
 * Creates a directory of the cache, or says in one sentence why it cannot be had.
 * @param {...string} parts below the cache directory
 * @returns {string} the directory's path
 */
export function cacheDir(...parts) {
  const path = join(cacheRoot(), ...parts);
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new StepFailure(
      `cannot create the cache directory ${path} (${error.code})`,
      'Set HOME or XDG_CACHE_HOME to a directory that this user can write, and run the same command again.',
    );
  }
  return path;
}

/**
 * The log file of a step. Every checkout has a folder of its own, so two of them never mix their logs.
 * @param {string} step
 * @returns {string}
 */
export function logFile(step) {
  const id = createHash('sha256').update(projectRoot).digest('hex').slice(0, 8);
  return join(cacheDir('logs', `${basename(projectRoot)}-${id}`), `${step}.log`);
}
