// Line coverage of native/crypto, from what gcov has counted.

import { readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cxxCompiler } from './compiler.mjs';
import { StepFailure } from './failure.mjs';
import { projectRoot } from './paths.mjs';
import { capture } from './run.mjs';

/** @typedef {{total: number, covered: number, pct: number}} Lines */

/**
 * Forgets what earlier runs have counted.
 * @param {string} buildDir
 */
export function resetCounters(buildDir) {
  for (const path of objectFiles(buildDir, '.gcda')) rmSync(path);
}

/**
 * Reads the counters of a build directory whose tests have run.
 * @param {string} buildDir
 * @returns {Record<string, {lines: Lines}>} by path from the top of the checkout, and `total`: as Istanbul summarises
 */
export function summarizeCoverage(buildDir) {
  // A header's lines are counted in every file that includes it, so counts are merged by line.
  /** @type {Map<string, Map<number, boolean>>} */
  const files = new Map();
  for (const notes of objectFiles(join(buildDir, 'CMakeFiles', 'native_core.dir'), '.gcno')) {
    for (const [path, lines] of readCounts(notes)) {
      const known = files.get(path) ?? new Map();
      for (const [line, covered] of lines) known.set(line, covered || known.get(line) === true);
      files.set(path, known);
    }
  }
  const perFile = [...files]
    .filter(([, lines]) => lines.size > 0)
    .map(([path, lines]) => [path, percentage([...lines.values()])])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const all = [...files.values()].flatMap((lines) => [...lines.values()]);
  return Object.fromEntries([['total', percentage(all)], ...perFile]);
}

/** @param {boolean[]} lines */
function percentage(lines) {
  const covered = lines.filter(Boolean).length;
  const pct = lines.length === 0 ? 100 : Math.round((10_000 * covered) / lines.length) / 100;
  return { lines: { total: lines.length, covered, pct } };
}

/** Our source files that one object file was made of, each with whether its lines were run. */
function readCounts(notes) {
  const gcov = cxxCompiler().command.replace(/g\+\+/, 'gcov');
  const text = capture(gcov, ['--json-format', '--stdout', notes]);
  if (text === undefined) {
    throw new StepFailure(
      `${gcov} cannot read ${notes}`,
      'Coverage needs GCC and the gcov of the same version.',
    );
  }
  const folder = join(projectRoot, 'native', 'crypto');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => JSON.parse(line).files)
    .filter((file) => file.file.startsWith(`${folder}/`))
    .map((file) => [
      relative(projectRoot, file.file),
      file.lines.map((line) => [line.line_number, line.count > 0]),
    ]);
}

function objectFiles(dir, suffix) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return objectFiles(path, suffix);
    return entry.name.endsWith(suffix) ? [path] : [];
  });
}
