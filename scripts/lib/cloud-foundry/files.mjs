// What a droplet is made of: plain files in two modes.

import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * What `cf push` would not carry over as it is: it packs a zip file, which keeps neither links nor special files.
 * @param {string} dir
 * @returns {string[]} sentences; empty when all is well
 */
export function oddFiles(dir) {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));
  return paths.sort().flatMap((path) => {
    const entry = lstatSync(join(dir, path));
    if (!entry.isFile()) return [`${path} is neither a file nor a directory`];
    if (entry.nlink > 1) return [`${path} is a hard link`];
    const mode = entry.mode & 0o7777;
    return [0o644, 0o755].includes(mode) ? [] : [`${path} has mode ${mode.toString(8)}`];
  });
}
