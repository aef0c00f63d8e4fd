// Finds the Node that runs the programs: version 24 or later, by absolute path, never by PATH.
//
// This file is shared by bin/ and scripts/ and must load under any Node from 18 on, with nothing installed.

import { accessSync, constants, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The oldest major version of Node that the programs run on. */
const MINIMUM_MAJOR = 24;

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Where a Node of our own may be: beside a packed program, or set up in a checkout.
 * @param {string} [root] the package's top directory
 * @returns {string[]} directories with bin/node and include/node
 */
export function packedNodeDirs(root = packageRoot) {
  const name = `node-linux-${process.arch}`;
  return [
    join(root, 'runtime', 'node_modules', name),
    join(root, 'scripts', 'runtime', 'node_modules', name),
  ];
}

/**
 * The path of a Node that is new enough: the one running this, else a packed one.
 * @param {{root?: string, running?: {version: string, path: string}}} [options] for tests
 * @returns {string} an absolute path
 * @throws {Error} with one line that says what to do
 */
export function findNode({
  root = packageRoot,
  running = { version: process.versions.node, path: process.execPath },
} = {}) {
  if (majorOf(running.version) >= MINIMUM_MAJOR) return running.path;
  for (const dir of packedNodeDirs(root)) {
    const path = join(dir, 'bin', 'node');
    if (majorOf(packageVersion(dir)) >= MINIMUM_MAJOR && isExecutable(path)) return path;
  }
  const inCheckout = isReadable(join(root, 'scripts', 'setup.mjs'));
  throw new Error(
    `crypto-broker needs Node ${MINIMUM_MAJOR} or later and this is ${running.version} (${running.path}): ` +
      (inCheckout
        ? 'run `node scripts/setup.mjs`, which fetches one into this checkout'
        : `start it with Node ${MINIMUM_MAJOR} or later`),
  );
}

function majorOf(version) {
  return Number.parseInt(version, 10) || 0;
}

function packageVersion(dir) {
  try {
    return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).version ?? '';
  } catch {
    return '';
  }
}

function isExecutable(path) {
  return can(path, constants.X_OK);
}

function isReadable(path) {
  return can(path, constants.R_OK);
}

function can(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
