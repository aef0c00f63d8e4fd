// protozero, a reader and writer of protobuf's wire format: headers alone.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { copyFiles } from './copy-files.mjs';
import { PROTOZERO_PIN } from './pins.mjs';

/** Where the header files and the licences are: in a release, and in Debian's package. */
const HEADERS = ['include/protozero', 'usr/include/protozero'];
const LICENCES = ['LICENSE.md', 'LICENSE.from_folly', 'usr/share/doc/libprotozero-dev/copyright'];

/** @type {import('./dependency.mjs').Dependency} */
export const PROTOZERO = {
  name: 'protozero',
  title: 'protozero',
  purpose: 'protozero',
  advice: 'The usual causes are a full disk, or a package mirror that does not answer.',
  tarballVariable: 'PROTOZERO_TARBALL',
  pin: PROTOZERO_PIN,
  recipe: {},
  files: ['include/protozero/pbf_reader.hpp'],
  versionOf,
  build,
};

/** Gathers the headers; there is nothing to compile. */
async function build(sourceDir, outDir) {
  const headers = firstOf(sourceDir, HEADERS);
  copyFiles([[headers ?? join(sourceDir, HEADERS[0]), join(outDir, 'include', 'protozero')]]);
  const licences = LICENCES.map((name) => join(sourceDir, name)).filter((path) => existsSync(path));
  if (licences.length === 0) {
    throw new StepFailure(
      `${sourceDir} holds no licence`,
      'It must go with the addon. Give the whole release tarball.',
    );
  }
  writeFileSync(
    join(outDir, 'LICENSE.txt'),
    licences.map((path) => readFileSync(path, 'utf8')).join('\n'),
  );
  return {};
}

/** The version that its version.hpp gives. */
function versionOf(sourceDir) {
  const headers = firstOf(sourceDir, HEADERS);
  if (headers === undefined) return '';
  const text = readFileSync(join(headers, 'version.hpp'), 'utf8');
  return ['MAJOR', 'MINOR', 'PATCH']
    .map((part) => new RegExp(`PROTOZERO_VERSION_${part} (\\d+)`).exec(text)?.[1] ?? '')
    .join('.');
}

function firstOf(dir, names) {
  return names.map((name) => join(dir, name)).find((path) => existsSync(path));
}
