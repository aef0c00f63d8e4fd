// The product as it is deployed: the program, what it loads, and nothing that only developers or other systems need.

import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from './failure.mjs';
import { projectRoot } from './paths.mjs';
import { filesBelow, putFile } from './plain-files.mjs';
import { productionPackages } from './production-packages.mjs';
import { billOfMaterials } from './release/bill-of-materials.mjs';
import { licences, licenceText } from './release/licences.mjs';

/** What of a package no program loads: types, maps, sources of other languages, builds for bundlers and browsers. */
const UNUSED_FILES = /(\.map|\.[cm]?ts|\.tsbuildinfo|\.md|\.markdown|\.gyp|\.gypi|\.flow)$/i;
const UNUSED_DIRECTORIES = {
  'better-sqlite3': ['deps', 'src'],
  protobufjs: ['cli', 'dist', 'scripts'],
  yaml: ['browser'],
  'semantic-conventions': ['build/esm', 'build/esnext'],
};
const UNUSED_ANYWHERE = ['test', 'tests', '__tests__', '.github', 'esnext'];

/** Packages of types: they hold no code. */
const TYPES_ONLY = /^(@types\/|undici-types$)/;
/** Headers for compilers. */
const HEADERS_ONLY = new Set(['node-addon-api']);

/**
 * Writes the product to an empty or absent directory: bin/, dist/bin/, node_modules/, prebuilds/ of this platform, profiles/,
 * package.json, the licences and the bill of materials. It runs from wherever it is put, with a Node beside it (bin/lib/find-node.mjs). The files
 * are the same, byte for byte and in their modes, whenever and wherever the same sources were built.
 * @param {string} out
 * @param {{node: string, log?: string}} options the Node to run tools with, and where they may write
 * @returns {Promise<{files: number, bytes: number}>}
 */
export async function writeProductTree(out, options) {
  const platform = `${process.platform}-${process.arch}`;
  for (const needed of [
    join('dist', 'bin', 'cryptobroker.js'),
    join('prebuilds', platform, 'manifest.json'),
  ])
    if (!existsSync(join(projectRoot, needed)))
      throw new StepFailure(`${needed} is not there`, 'Build the product first: npm run setup');
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new StepFailure(
      `${out} is not empty`,
      'Name a directory that is empty or not there yet.',
    );

  const total = { files: 0, bytes: 0 };
  const copyFile = (from, to) => {
    const { mode, size } = statSync(from);
    putFile(from, join(out, to), { executable: (mode & 0o111) !== 0 });
    total.files += 1;
    total.bytes += size;
  };
  const copy = (from, to, keep = () => true) => {
    for (const path of filesBelow(from).filter(keep)) copyFile(join(from, path), join(to, path));
  };
  copy(join(projectRoot, 'bin'), 'bin');
  copy(join(projectRoot, 'dist', 'bin'), join('dist', 'bin'), isBundled);
  copy(join(projectRoot, 'prebuilds', platform), join('prebuilds', platform));
  copy(join(projectRoot, 'profiles'), 'profiles');
  for (const name of ['LICENSE', 'CHANGELOG.md', 'SECURITY.md'])
    copyFile(join(projectRoot, name), name);
  for (const { path, name } of productionPackages()) {
    if (TYPES_ONLY.test(name) || HEADERS_ONLY.has(name)) continue;
    copy(join(projectRoot, path), path, (file) => isLoaded(name, file, platform));
  }
  for (const [name, text] of [
    ['package.json', packageJson()],
    ['THIRD-PARTY-LICENSES.txt', licenceText(licences())],
    ['sbom.cdx.json', await billOfMaterials(options)],
  ]) {
    writeFileSync(join(out, name), text);
    chmodSync(join(out, name), 0o644);
    total.files += 1;
    total.bytes += Buffer.byteLength(text);
  }
  return total;
}

/** The bundle's own files: tsc's modules of the same folder are for those who import them. */
function isBundled(path) {
  const bundled = /^(cryptobroker|writer-thread|chunk\d*\..*)\.js$/.test(path);
  return bundled || path === 'LICENSES.txt';
}

function isLoaded(name, file, platform) {
  const parts = file.split('/');
  // Packages inside a package are entries of their own.
  if (parts[0] === 'node_modules') return false;
  if (parts.slice(0, -1).some((part) => UNUSED_ANYWHERE.includes(part))) return false;
  const unscoped = name.split('/').at(-1);
  if ((UNUSED_DIRECTORIES[unscoped] ?? []).some((dir) => file.startsWith(`${dir}/`))) return false;
  if (name === 'better-sqlite3' && parts[0] === 'prebuilds') return parts[1] === `${platform}.node`;
  if (/^licen[cs]e/i.test(parts.at(-1)) || /^notice/i.test(parts.at(-1))) return true;
  return !UNUSED_FILES.test(file);
}

/** What the programs read of package.json, and what tells others what this is; not how it is developed. */
function packageJson() {
  const { name, version, description, license, type, bin, engines, os, dependencies } = JSON.parse(
    readFileSync(join(projectRoot, 'package.json'), 'utf8'),
  );
  const facts = {
    name,
    version,
    description,
    license,
    type,
    private: true,
    bin,
    engines,
    os,
    dependencies,
  };
  return `${JSON.stringify(facts, null, 2)}\n`;
}
