// Every check that reads the source without running it: types, lint, layout rules, dead code, format, generated files.
//
//   node scripts/lint.mjs            all of them
//   node scripts/lint.mjs types      one by name

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode } from '../bin/lib/find-node.mjs';
import { projectRoot } from './lib/paths.mjs';
import { Steps, explain } from './lib/steps.mjs';

const tool = (path) => join(projectRoot, 'node_modules', path);

/** @type {readonly {id: string, name: string, args: string[]}[]} */
export const CHECKS = [
  { id: 'types', name: 'types are sound', args: [tool('typescript/bin/tsc'), '--noEmit'] },
  {
    id: 'eslint',
    name: 'lint rules hold',
    args: [tool('eslint/bin/eslint.js'), '--max-warnings=0', '.'],
  },
  {
    id: 'layout',
    name: 'imports point downwards',
    args: [
      tool('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'src',
    ],
  },
  { id: 'dead-code', name: 'nothing is left unused', args: [tool('knip/bin/knip.js')] },
  {
    id: 'format',
    name: 'files are formatted',
    args: [tool('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'],
  },
  {
    id: 'generated',
    name: 'generated files match proto/',
    args: ['scripts/generate.mjs', '--check'],
  },
];

/**
 * Runs the checks one after the other; a failing one is explained and does not keep the others from running.
 * @param {Steps} steps
 * @param {readonly string[]} [only] ids; none: all
 * @returns {Promise<{passed: number, failed: number, skipped: number}>}
 */
export async function runChecks(steps, only = []) {
  const node = findNode();
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of CHECKS) {
    if (only.length > 0 && !only.includes(check.id)) continue;
    try {
      await steps.step(`check-${check.id}`, check.name, (step) =>
        step.run(node, check.args, { cwd: projectRoot }),
      );
      tally.passed += 1;
    } catch (error) {
      explain(error);
      tally.failed += 1;
    }
  }
  return tally;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const only = process.argv.slice(2);
  const unknown = only.filter((id) => !CHECKS.some((check) => check.id === id));
  if (unknown.length > 0) {
    console.error(
      `no check is called ${unknown.join(', ')}; there are: ${CHECKS.map((check) => check.id).join(', ')}`,
    );
    process.exit(2);
  }
  const tally = await runChecks(new Steps(), only);
  process.exit(tally.failed === 0 ? 0 : 1);
}
