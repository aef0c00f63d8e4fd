// The packages that the product is made of besides its own files, as package-lock.json names them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './paths.mjs';

/**
 * @typedef {object} ProductionPackage
 * @property {string} path below the project: `node_modules/yaml`
 * @property {string} name `yaml`
 * @property {string} version
 * @property {string | undefined} license an SPDX expression, as the package gives it
 * @property {string | undefined} integrity
 */

/**
 * Everything that is installed without development dependencies, sorted by path.
 * @param {string} [lockfile]
 * @returns {ProductionPackage[]}
 */
export function productionPackages(lockfile = join(projectRoot, 'package-lock.json')) {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8'));
  return Object.entries(packages)
    .filter(
      ([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional,
    )
    .map(([path, { version, license, integrity }]) => ({
      path,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
      integrity,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
