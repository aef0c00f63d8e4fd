// The coverage gate: line coverage of src and of native, each at least the minimum.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/paths.mjs';

const MINIMUM_PERCENT = 80;

/** Where each suite leaves its totals. */
const SOURCES = [
  {
    name: 'src',
    path: 'coverage/src/coverage-summary.json',
    lines: (summary) => summary.total.lines,
  },
  {
    name: 'native',
    path: 'coverage/native/coverage-summary.json',
    lines: (summary) => summary.total.lines,
  },
];

/**
 * Prints both figures and counts each as one check.
 * @returns {{passed: number, failed: number, skipped: number}}
 */
export function checkCoverage() {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const source of SOURCES) {
    const { covered, total } = source.lines(
      JSON.parse(readFileSync(join(projectRoot, source.path), 'utf8')),
    );
    const percent = (100 * covered) / total;
    const enough = percent >= MINIMUM_PERCENT;
    tally[enough ? 'passed' : 'failed'] += 1;
    console.log(
      `${enough ? '✓' : '✗'} line coverage of ${source.name}: ${percent.toFixed(1)} % (${covered} of ${total}, at least ${MINIMUM_PERCENT} %)`,
    );
  }
  return tally;
}
