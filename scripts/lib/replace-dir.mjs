// Makes a directory apart, and puts it in the place of an older one when it is finished.

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { projectRoot } from './paths.mjs';

const APART = join(projectRoot, 'build', 'new');

/**
 * A new empty directory to fill, away from everybody's eyes. What a killed run left there goes first: call it under
 * the checkout's lock.
 * @param {string} name
 * @returns {string}
 */
export function emptyDir(name) {
  const dir = join(APART, name);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  return dir;
}

/**
 * Whoever looks sees the old directory or the new one, never half of each; files that are open stay readable.
 * @param {string} fresh
 * @param {string} place
 */
export function replaceDir(fresh, place) {
  const old = join(APART, `${basename(place)}.old`);
  rmSync(old, { recursive: true, force: true });
  mkdirSync(dirname(place), { recursive: true });
  try {
    renameSync(place, old);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(fresh, place);
  rmSync(old, { recursive: true, force: true });
}
