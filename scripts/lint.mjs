// Every check that reads the source without running it: types, lint, layout rules, dead code, format, generated files.

import { join } from 'node:path';
import { findNode } from '../bin/lib/find-node.mjs';
import { runAsProgram } from './lib/cli.mjs';
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
    name: 'generated files are as generated anew',
    args: ['scripts/generate.mjs', '--check'],
  },
];

const HELP = `Usage: node scripts/lint.mjs [CHECK ...]

Reads the source without running it. Without a name every check runs; their names:

${CHECKS.map(({ id, name }) => `  ${id.padEnd(10)} ${name}`).join('\n')}`;

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

await runAsProgram(import.meta.url, HELP, {}, async (_, only) => {
  const unknown = only.filter((id) => !CHECKS.some((check) => check.id === id));
  if (unknown.length > 0) {
    console.error(`no check is called ${unknown.join(', ')}\n\n${HELP}`);
    return 2;
  }
  const tally = await runChecks(new Steps(), only);
  return tally.failed === 0 ? 0 : 1;
});
