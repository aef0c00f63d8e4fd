// What binutils tell of a shared library or program, and how old a system it runs on.

import { closeSync, openSync, readSync } from 'node:fs';
import { capture } from './run.mjs';

/**
 * The newest versions of the system libraries' interfaces that we may ask for: those of Ubuntu 22.04 (glibc 2.35,
 * libstdc++ of GCC 12), the oldest system that the product is deployed on. GCC's own have not changed for long.
 */
export const NEWEST = { GLIBC: [2, 35], GLIBCXX: [3, 4, 30], CXXABI: [1, 3, 13], GCC: undefined };

/** @param {string} path @returns {boolean} whether it begins as ELF files do */
export function isElf(path) {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, 4, 0);
  } finally {
    closeSync(file);
  }
  return start.equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46]));
}

/**
 * What `readelf` or `nm` prints of a file, in English; undefined when the tool is missing or cannot read it.
 * @param {string} file
 * @param {string} command
 * @param {...string} args
 */
export function readWith(file, command, ...args) {
  return capture(command, [...args, file], { env: { ...process.env, LC_ALL: 'C' } });
}

/** The libraries that a dynamic section (`readelf -dW`) lists. @param {string} dynamic */
export function neededLibraries(dynamic) {
  return [...dynamic.matchAll(/\(NEEDED\).*\[(.*?)\]/g)].map((match) => match[1]);
}

/**
 * The interface that a version such as `GLIBC_2.34` names, and whether it is newer than NEWEST.
 * @param {string} version
 * @returns {{family: keyof typeof NEWEST, isTooNew: boolean} | undefined} undefined: none of the system libraries'
 */
export function judgeVersion(version) {
  const [, family, number] = /^([A-Z]+)_([0-9.]+)$/.exec(version) ?? [];
  if (!family || !(family in NEWEST)) return undefined;
  return { family, isTooNew: isNewer(number, NEWEST[family]) };
}

function isNewer(text, limit) {
  if (!limit) return false;
  const parts = text.split('.').map(Number);
  for (let i = 0; i < Math.max(parts.length, limit.length); i += 1) {
    if ((parts[i] ?? 0) !== (limit[i] ?? 0)) return (parts[i] ?? 0) > (limit[i] ?? 0);
  }
  return false;
}
