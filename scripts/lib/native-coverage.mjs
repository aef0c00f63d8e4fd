// Line coverage of the folders of native/ that are in the addon, from what gcov has counted.

import { readdirSync, realpathSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
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

/** The folders whose lines count; tests and fuzzers do not. */
const COUNTED = ['binding', 'broker', 'crypto', 'dataplane', 'http2', 'rpc'].map((name) =>
  join(projectRoot, 'native', name, '/'),
);

/**
 * Reads the counters of builds whose tests have run. A line counts as covered when one of them ran it.
 * @param {string[]} objectDirs where the object files are
 * @returns {Record<string, {lines: Lines}>} by path from the top of the checkout, and `total`: as Istanbul summarises
 */
export function summarizeCoverage(objectDirs) {
  // A header's lines are counted in every file that includes it, so counts are merged by line.
  /** @type {Map<string, Map<number, boolean>>} */
  const files = new Map();
  for (const notes of objectDirs.flatMap((dir) => objectFiles(dir, '.gcno'))) {
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
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { current_working_directory: from, files } = JSON.parse(line);
      return files.map((file) => ({ ...file, path: realpath(resolve(from, file.file)) }));
    })
    .filter(({ path }) => COUNTED.some((folder) => path.startsWith(folder)))
    .map(({ path, lines }) => [
      relative(projectRoot, path),
      lines.map((line) => [line.line_number, line.count > 0]),
    ]);
}

/** The addon is compiled through a link to native/. */
function realpath(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function objectFiles(dir, suffix) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return objectFiles(path, suffix);
    return entry.name.endsWith(suffix) ? [path] : [];
  });
}
