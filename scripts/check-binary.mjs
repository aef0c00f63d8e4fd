#!/usr/bin/env node
// Checks what the built addon exports, what it takes from outside, and how it is hardened.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runAsProgram } from './lib/cli.mjs';
import { osRelease } from './lib/debian-source.mjs';
import { judgeVersion, neededLibraries, NEWEST, readWith } from './lib/elf.mjs';
import { projectRoot } from './lib/paths.mjs';

const DEFAULT_FILE = join(projectRoot, 'prebuilds', `linux-${process.arch}`, 'cryptobroker.node');

const HELP = `Usage: node scripts/check-binary.mjs [FILE]

Checks the addon (by default prebuilds/linux-${process.arch}/cryptobroker.node) and exits with 1 if anything is wrong:

  exports   exactly the two names that Node looks up. Any further one could take the place of a symbol of Node's own
            OpenSSL or nghttp2, or be replaced by it: then another library would do our work, without a word
  imports   only Node-API, and symbols that the C and C++ system libraries provide under a version; none of OpenSSL
            or nghttp2, of which Node exports thousands and would silently provide its own
  libraries only libc, libm, libstdc++, libgcc_s and the dynamic loader
  age       built on Debian 12, nothing newer than GLIBC 2.35, so that it runs on systems of that time and later
  hardening no text relocations, RELRO with immediate binding, stack not executable`;

const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const NEEDED =
  /^(libc\.so\.6|libm\.so\.6|libstdc\+\+\.so\.6|libgcc_s\.so\.1|ld-linux[-a-z0-9_]*\.so\.\d+)$/;
const FROM_NODE = /^(napi|node_api)_/;
/** Hooks that the compiler's start files refer to weakly; nobody need provide them. */
const WEAK = /^(__gmon_start__|_ITM_(de)?registerTMCloneTable|__cxa_finalize)$/;

/**
 * @param {string} [file] the addon
 * @param {{limitAge?: boolean}} [options] limitAge: hold it to NEWEST; by default when this is Debian 12
 * @returns {string[]} what is wrong, in sentences; empty when all is well
 */
export function checkBinary(file = DEFAULT_FILE, { limitAge = isDebian12() } = {}) {
  if (!existsSync(file)) return ['does not exist; `node scripts/build-native.mjs` builds it'];
  const read = (command, ...args) => readWith(file, command, ...args);
  const dynamic = read('readelf', '-dW');
  const segments = read('readelf', '-lW');
  const needs = read('readelf', '-VW');
  const defined = read('nm', '-D', '--defined-only');
  const undefinedOnes = read('nm', '-D', '--undefined-only');
  if (
    [dynamic, segments, needs, defined, undefinedOnes].includes(undefined) ||
    !dynamic?.includes('Dynamic section')
  ) {
    return [`cannot be read as a shared library (or readelf and nm of binutils are missing)`];
  }
  return [
    ...checkExports(defined ?? ''),
    ...checkImports(undefinedOnes ?? '', limitAge),
    ...checkLibraries(dynamic, needs ?? ''),
    ...checkHardening(dynamic, segments ?? ''),
  ];
}

function checkExports(listing) {
  const names = rows(listing).map((row) => row.at(-1) ?? '');
  const extra = names.filter((name) => !EXPORTS.includes(name));
  const absent = EXPORTS.filter((name) => !names.includes(name));
  return [
    ...(extra.length > 0
      ? [
          `exports ${shorten(extra)} besides what Node looks up; the linker's version script is not in force`,
        ]
      : []),
    ...absent.map((name) => `does not export ${name}, so Node cannot load it`),
  ];
}

function checkImports(listing, limitAge) {
  const findings = [];
  const unversioned = [];
  for (const row of rows(listing)) {
    const [name, version] = (row.at(-1) ?? '').split('@');
    const kind = row.at(-2);
    if (!version) {
      const weak = kind === 'w' && WEAK.test(name);
      if (!FROM_NODE.test(name) && !weak) unversioned.push(name);
      continue;
    }
    const judged = judgeVersion(version);
    if (!judged) findings.push(`takes ${name} from an unexpected library interface, ${version}`);
    else if (limitAge && judged.isTooNew) {
      findings.push(
        `takes ${name} in version ${version}, newer than ${judged.family}_${NEWEST[judged.family].join('.')}: it would not load on older systems`,
      );
    }
  }
  if (unversioned.length > 0) {
    findings.push(
      `takes ${shorten(unversioned)} from whatever library happens to be loaded; link it in statically or drop it`,
    );
  }
  return findings;
}

function checkLibraries(dynamic, needs) {
  const listed = neededLibraries(dynamic);
  // The same question from the other end: which library each wanted version is expected in.
  const expected = [...needs.matchAll(/File: (\S+)/g)].map((match) => match[1]);
  const strangers = [...new Set([...listed, ...expected])].filter((name) => !NEEDED.test(name));
  const unlisted = expected.filter((name) => !listed.includes(name));
  const findings = [
    ...strangers.map((name) => `is linked with ${name}, which it must not depend on`),
    ...unlisted.map((name) => `expects symbols of ${name} without listing that library`),
  ];
  if (/\((RPATH|RUNPATH)\)/.test(dynamic))
    findings.push('carries a search path for libraries (RPATH)');
  return findings;
}

function checkHardening(dynamic, segments) {
  const findings = [];
  if (/\(TEXTREL\)|FLAGS\).*\bTEXTREL\b/.test(dynamic))
    findings.push('has text relocations: some object was compiled without -fPIC');
  if (!/GNU_RELRO/.test(segments)) findings.push('has no RELRO segment (-Wl,-z,relro)');
  if (!/\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b|\(BIND_NOW\)/.test(dynamic))
    findings.push('binds symbols lazily (-Wl,-z,now is missing)');
  const stack = /GNU_STACK\s.*?\s(R[W ][E ])\s/.exec(segments)?.[1];
  if (stack === undefined || stack.includes('E'))
    findings.push('asks for an executable stack (-Wl,-z,noexecstack)');
  return findings;
}

function rows(listing) {
  return listing
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

function shorten(names) {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}

function isDebian12() {
  const { ID, VERSION_ID } = osRelease();
  return ID === 'debian' && VERSION_ID === '12';
}

await runAsProgram(import.meta.url, HELP, {}, async (_options, [file = DEFAULT_FILE]) => {
  const findings = checkBinary(file);
  for (const finding of findings) console.error(`✗ ${file} ${finding}`);
  if (findings.length === 0)
    console.log(`${file}: exports, imports, libraries and hardening are as they should be`);
  return findings.length === 0 ? 0 : 1;
});
