// Regular files: which there are, and copies of them that are the same wherever they are made.

import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * The regular files below a directory, by their paths in it, in an order that is always the same. Links are not followed.
 * @param {string} dir
 * @returns {string[]}
 */
export function filesBelow(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
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
