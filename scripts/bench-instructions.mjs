#!/usr/bin/env node
// Counts the instructions of the native hot paths and compares them with the committed counts: a regression gate that
// the noise of a machine cannot move.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTestDeps } from './build-deps.mjs';
import { compileAddon } from './build-native.mjs';
import { FORMAT, sumInstructions } from './lib/callgrind.mjs';
import { withCheckout } from './lib/checkout-lock.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { cxxCompiler } from './lib/compiler.mjs';
import { StepFailure } from './lib/failure.mjs';
import { buildWithCmake } from './lib/native-cmake.mjs';
import { projectRoot } from './lib/paths.mjs';
import { capture } from './lib/run.mjs';
import { readJson, writeJson } from './lib/stamp.mjs';
import { Steps, explain } from './lib/steps.mjs';

const BASELINE = join(projectRoot, 'bench', 'instructions.json');
/** A path may grow by so much before it counts as a regression. */
const TOLERANCE = 0.05;

const HELP = `Usage: node scripts/bench-instructions.mjs [--update]

Links native/bench with the object files of the addon (build/native-bench), runs it under valgrind's callgrind and counts,
for each hot path, the instructions of one operation in our code and nghttp2. What OpenSSL, its FIPS module and the system's
libraries do does not count, because it depends on the processor. So the counts depend on the source, the compiler and
nghttp2 alone, and are the same on a busy machine as on a quiet one.

Fails when a path takes over ${String(100 * TOLERANCE)} % more than bench/instructions.json says for the same compiler and nghttp2.
A compiler that the file does not know is measured and not compared; without valgrind everything is skipped, with a line
saying so.

  --update   writes the counts to bench/instructions.json; commit it together with the change it is due to
  --help     this text`;

/**
 * Measures, compares, and shows both.
 * @param {{steps?: Steps, update?: boolean}} [options]
 * @returns {Promise<{passed: number, failed: number, skipped: number}>} one count per path
 */
export async function benchInstructions({ steps = new Steps(), update = false } = {}) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  if (capture('valgrind', ['--version']) === undefined) {
    steps.warn(
      'the instruction counts are SKIPPED: there is no valgrind (on Debian: apt-get install valgrind)',
    );
    return { ...tally, skipped: 1 };
  }
  const deps = await buildTestDeps({ steps });
  const builtWith = `${process.arch}, ${cxxCompiler().id}, nghttp2 ${deps.nghttp2.version}`;
  const baseline = readJson(BASELINE) ?? {};
  const known = baseline[builtWith];
  try {
    await steps.step('instructions', 'instructions of the hot paths', async (step) => {
      const counts = await measure(deps, steps, step);
      for (const line of describe(counts, known)) steps.line(line);
      if (update) {
        writeJson(BASELINE, { ...baseline, [builtWith]: counts });
      } else if (known === undefined) {
        steps.warn(`no counts are known for ${builtWith}: nothing was compared`);
        tally.skipped = Object.keys(counts).length;
        return;
      }
      const expected = update ? counts : known;
      // A path that is gone or new means that the file is not that of this source.
      const failed = [...new Set([...Object.keys(counts), ...Object.keys(expected)])].filter(
        (name) => !(counts[name] <= expected[name] * (1 + TOLERANCE)),
      );
      tally.failed = failed.length;
      tally.passed = Object.keys(counts).filter((name) => !failed.includes(name)).length;
      if (failed.length > 0) {
        throw new StepFailure(
          `more instructions than bench/instructions.json allows: ${failed.join(', ')}`,
          'Find what costs them, or, when it is worth it: npm run bench:instructions -- --update, and say why in the commit.',
        );
      }
    });
  } catch (error) {
    explain(error);
    tally.failed ||= 1;
  }
  return tally;
}

/**
 * @returns {Promise<Record<string, number>>} instructions of one operation, by path
 */
async function measure(deps, steps, step) {
  const { program, objects } = await build(deps, steps, step);
  const profiles = mkdtempSync(join(tmpdir(), 'cryptobroker-callgrind-'));
  try {
    step.say('counting');
    /** @type {Record<string, number>} */
    const rounds = {};
    await step.run(
      'valgrind',
      [
        '--tool=callgrind',
        '--instr-atstart=no',
        '--collect-atstart=no',
        ...FORMAT,
        `--callgrind-out-file=${join(profiles, 'profile')}`,
        program,
      ],
      {
        onLine: (line) => {
          const [, name, count] = /^(\w+) (\d+)$/.exec(line) ?? [];
          if (name) rounds[name] = Number(count);
        },
      },
    );
    const names = definedFunctions([...objects, join(deps.nghttp2.dir, 'lib', 'libnghttp2.a')]);
    const counts = (object, name) => object === program && names.has(name);
    const perOperation = readdirSync(profiles)
      .map((name) => sumInstructions(readFileSync(join(profiles, name), 'utf8'), counts))
      .filter(({ trigger }) => trigger in rounds)
      .map(({ trigger, instructions }) => [trigger, Math.round(instructions / rounds[trigger])]);
    return Object.fromEntries(perOperation.sort(([a], [b]) => (a < b ? -1 : 1)));
  } finally {
    rmSync(profiles, { recursive: true, force: true });
  }
}

/**
 * The program, and the object files of ours that are in it.
 * @returns {Promise<{program: string, objects: string[]}>}
 */
function build(deps, steps, step) {
  return withCheckout('building the hot paths', steps, async () => {
    const objects = await compileAddon(deps, step);
    const variables = {
      CRYPTOBROKER_TESTS: 'OFF',
      CRYPTOBROKER_SANITIZE: 'OFF',
      CRYPTOBROKER_BENCH_OBJECTS: objects,
    };
    const dir = await buildWithCmake('native-bench', variables, deps, step);
    const names = readdirSync(objects, { recursive: true, encoding: 'utf8' });
    return {
      program: join(dir, 'bench', 'hot_paths'),
      objects: names.filter((name) => name.endsWith('.o')).map((name) => join(objects, name)),
    };
  });
}

/** The names of all functions, exported or not, in object files and libraries. */
function definedFunctions(files) {
  const symbols = capture('nm', ['--defined-only', '-f', 'posix', ...files]);
  if (symbols === undefined) throw new StepFailure('nm cannot be run', 'Install binutils.');
  return new Set([...symbols.matchAll(/^(\S+) [TtW] /gm)].map(([, name]) => name));
}

/** One line per path. */
function describe(counts, known = {}) {
  return Object.entries(counts).map(([name, count]) => {
    const before = known[name];
    const change =
      before === undefined ? '' : `  ${((100 * count) / before - 100).toFixed(1).padStart(6)} %`;
    return `  ${name.padEnd(18)}${String(count).padStart(9)} instructions${change}`;
  });
}

await runAsProgram(
  import.meta.url,
  HELP,
  { update: { type: 'boolean' } },
  async ({ update = false }) => {
    const { passed, failed, skipped } = await benchInstructions({ update });
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed === 0 ? 0 : 1;
  },
);
