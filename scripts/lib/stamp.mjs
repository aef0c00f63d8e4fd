// Decides whether a step has anything to do: a hash over everything its result depends on, kept beside the result.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** @param {import('node:crypto').BinaryLike} bytes @returns {string} */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @param {string} path @returns {string} */
export function sha256File(path) {
  return sha256(readFileSync(path));
}

/**
 * One hash over named values; the order of the names does not matter.
 * @param {Record<string, unknown>} inputs
 * @returns {string}
 */
export function hashInputs(inputs) {
  const ordered = Object.keys(inputs)
    .sort()
    .map((name) => [name, inputs[name]]);
  return sha256(JSON.stringify(ordered));
}

/**
 * The contents of files and folders as [path, SHA-256] pairs; what is missing is left out.
 * @param {string} root paths are given relative to it
 * @param {string[]} paths files or folders below root
 * @param {(path: string) => boolean} [wanted]
 * @returns {[string, string][]}
 */
export function contents(root, paths, wanted = () => true) {
  /** @type {[string, string][]} */
  const found = [];
  const visit = (path) => {
    let entries;
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (error) {
      if (error.code === 'ENOENT') return;
      if (error.code !== 'ENOTDIR') throw error;
      const name = relative(root, path);
      if (wanted(name)) found.push([name, sha256File(path)]);
      return;
    }
    for (const entry of entries) {
      if (entry.name !== 'node_modules') visit(join(path, entry.name));
    }
  };
  for (const path of paths) visit(join(root, path));
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {string} path @returns {any} the parsed file, or undefined */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Writes a JSON file that a reader sees whole or not at all.
 * @param {string} path
 * @param {unknown} value
 */
export function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(draft, path);
}
