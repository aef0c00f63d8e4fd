// What a droplet is made of: plain files in two modes.

import { copyFileSync, chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The regular files below a directory, by their paths in it, in an order that is always the same.
 * @param {string} dir
 * @returns {string[]}
 */
export function regularFiles(dir) {
  return entries(dir).filter((path) => lstatSync(join(dir, path)).isFile());
}

/**
 * What `cf push` would not carry over as it is: it packs a zip file, which keeps neither links nor special files.
 * @param {string} dir
 * @returns {string[]} sentences; empty when all is well
 */
export function oddFiles(dir) {
  return entries(dir).flatMap((path) => {
    const entry = lstatSync(join(dir, path));
    if (entry.isDirectory()) return [];
    if (!entry.isFile()) return [`${path} is neither a file nor a directory`];
    if (entry.nlink > 1) return [`${path} is a hard link`];
    const mode = entry.mode & 0o7777;
    return [0o644, 0o755].includes(mode) ? [] : [`${path} has mode ${mode.toString(8)}`];
  });
}

/**
 * A plain copy, in one of two modes whatever the umask is.
 * @param {string} from
 * @param {string} to
 * @param {{executable?: boolean}} [options]
 */
export function putFile(from, to, { executable = false } = {}) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, executable ? 0o755 : 0o644);
}

function entries(dir, below = '') {
  return readdirSync(join(dir, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? entries(dir, path) : [path];
    });
}
