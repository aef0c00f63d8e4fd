// Whether every program and library of a directory runs on the oldest stack that Cloud Foundry offers.

import { join } from 'node:path';
import { isElf, judgeVersion, neededLibraries, NEWEST, readWith } from '../elf.mjs';
import { filesBelow } from '../plain-files.mjs';

/** What both stacks, cflinuxfs4 and cflinuxfs5, have of their own. */
const SYSTEM_LIBRARY =
  /^(lib(c|m|dl|rt|pthread)\.so\.\d+|libgcc_s\.so\.1|libstdc\+\+\.so\.6|ld-linux[-a-z0-9_]*\.so\.\d+)$/;

/**
 * @typedef {object} ElfReport
 * @property {string} path below the directory
 * @property {string[]} newest the newest version that it asks for of each interface: `GLIBC_2.34`
 * @property {string[]} findings what is wrong, in sentences
 */

/**
 * Looks at every ELF file of a directory.
 * @param {string} dir
 * @returns {ElfReport[]}
 */
export function checkElfFiles(dir) {
  return filesBelow(dir)
    .filter((path) => isElf(join(dir, path)))
    .map((path) => ({ path, ...checkElfFile(join(dir, path)) }));
}

/**
 * @param {string} file
 * @returns {{newest: string[], findings: string[]}}
 */
function checkElfFile(file) {
  const dynamic = readWith(file, 'readelf', '-dW');
  const versions = readWith(file, 'readelf', '-VW');
  if (dynamic === undefined || versions === undefined)
    return { newest: [], findings: ['cannot be read by readelf (of binutils)'] };
  const asked = askedVersions(versions);
  const findings = [
    ...neededLibraries(dynamic)
      .filter((name) => !SYSTEM_LIBRARY.test(name))
      .map((name) => `needs ${name}, which the stack may not have`),
    ...asked.flatMap((version) => {
      const judged = judgeVersion(version);
      if (!judged) return [`asks for ${version}, which is no interface of the system libraries`];
      return judged.isTooNew
        ? [`asks for ${version}, newer than ${judged.family}_${NEWEST[judged.family].join('.')}`]
        : [];
    }),
  ];
  if (/\((RPATH|RUNPATH)\)/.test(dynamic))
    findings.push('carries a search path for libraries (RPATH)');
  return { newest: newestOfEach(asked), findings };
}

/** The versions under "Version needs", not those that the file itself defines. */
function askedVersions(listing) {
  const needs = listing.slice(Math.max(0, listing.indexOf('Version needs section')));
  return [...new Set([...needs.matchAll(/Name: (\S+)\s+Flags:/g)].map((match) => match[1]))];
}

function newestOfEach(versions) {
  const byFamily = new Map();
  for (const version of [...versions].sort(numerically))
    byFamily.set(version.split('_')[0], version);
  return [...byFamily.values()].sort();
}

function numerically(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}
