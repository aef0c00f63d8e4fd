#!/usr/bin/env node
// Builds and runs the tests of the native core.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildTestDeps } from './build-deps.mjs';
import { compileAddon } from './build-native.mjs';
import { withCheckout } from './lib/checkout-lock.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { StepFailure } from './lib/failure.mjs';
import { buildWithCmake } from './lib/native-cmake.mjs';
import { runInstrumentedAddon } from './lib/addon-coverage.mjs';
import { resetCounters, summarizeCoverage } from './lib/native-coverage.mjs';
import { projectRoot } from './lib/paths.mjs';
import { capture } from './lib/run.mjs';
import { writeSignatureVectors } from './lib/signature-vectors.mjs';
import { readJson, writeJson } from './lib/stamp.mjs';
import { Steps, explain } from './lib/steps.mjs';

/** context_tests enter FIPS mode anew in every test, the others once for all. */
const EXECUTABLES = [
  'context_tests',
  'core_tests',
  'broker_tests',
  'http2_tests',
  'dataplane_tests',
];
/** Those with threads. */
const THREADED = ['core_tests', 'broker_tests', 'http2_tests', 'dataplane_tests'];
/** What the tests of each variant are built with, besides the dependencies. */
const VARIANTS = {
  // Both at once: they do not disturb each other, and a build of its own for the coverage would take longer than all tests.
  'native-asan': { CRYPTOBROKER_COVERAGE: 'ON' },
  'native-tsan': { CRYPTOBROKER_SANITIZE: 'OFF', CRYPTOBROKER_TSAN: 'ON' },
};
/** Whose lines count. */
const LIBRARIES = ['native_core', 'native_broker', 'native_http2', 'native_dataplane'];
const ADVICE =
  'The log has the whole output. One test alone: node scripts/native-tests.mjs --filter PATTERN.';
const SUMMARY = join(projectRoot, 'coverage', 'native', 'coverage-summary.json');

const HELP = `Usage: node scripts/native-tests.mjs [--filter PATTERN] [--tsan] [--coverage]

Builds native/ with its tests under AddressSanitizer and UndefinedBehaviorSanitizer (build/native-asan, only what
has changed) and runs them: the native code alone, without Node. Leaks count as failures.

  --tsan            instead builds the tests that have threads under ThreadSanitizer (build/native-tsan), and runs them
  --filter PATTERN  GoogleTest's pattern, for instance 'IssueCertificate.*:Pem*'
  --coverage        also runs the tests of the binding with an addon that counts lines there (build/addon-coverage),
                    prints the coverage of every file and writes coverage/native/coverage-summary.json
  --help            this text

To debug one: gdb --args build/native-asan/test/core_tests --gtest_filter=PATTERN`;

/**
 * Builds and runs the native tests under AddressSanitizer.
 * @param {{steps?: Steps, coverage?: boolean, filter?: string}} [options]
 * @returns {Promise<{passed: number, failed: number, skipped: number, seconds: number}>}
 */
export async function runNativeTests({ steps = new Steps(), coverage = false, filter } = {}) {
  const startedAt = Date.now();
  const deps = await buildTestDeps({ steps });
  const env = testEnvironment(steps);

  let dir = '';
  const tally = await stage(
    steps,
    'native-tests',
    'native tests under sanitizers',
    async (step) => {
      dir = await build('native-asan', deps, steps, step);
      resetCounters(dir);
      return runExecutables(dir, EXECUTABLES, filter, env, step);
    },
  );
  if (coverage) {
    await steps.step('native-coverage', 'line coverage of native', async (step) => {
      // The core's own tests never pass through Node-API: the binding is counted under the tests of the addon.
      const compiled = await withCheckout('building the addon', steps, () =>
        compileAddon(deps, step),
      );
      const binding = await runInstrumentedAddon(deps, compiled, step);
      const objects = LIBRARIES.map((name) => join(dir, 'CMakeFiles', `${name}.dir`));
      const summary = summarizeCoverage([...objects, binding]);
      writeJson(SUMMARY, summary);
      step.result = `${summary.total.lines.pct} %`;
    });
  }
  return { ...tally, seconds: (Date.now() - startedAt) / 1000 };
}

/**
 * Builds and runs the native tests that have threads, under ThreadSanitizer.
 * @param {{steps?: Steps, filter?: string}} [options]
 * @returns {Promise<{passed: number, failed: number, skipped: number, seconds: number}>}
 */
export async function runThreadTests({ steps = new Steps(), filter } = {}) {
  const startedAt = Date.now();
  const deps = await buildTestDeps({ steps });
  // Each report fails its test executable in the end; none of them ends it early.
  const env = { ...testEnvironment(steps), TSAN_OPTIONS: 'exitcode=66 halt_on_error=0' };
  const tally = await stage(steps, 'thread-tests', 'native tests of threads', async (step) => {
    const dir = await build('native-tsan', deps, steps, step);
    return runExecutables(dir, THREADED, filter, env, step, fixedAddresses());
  });
  return { ...tally, seconds: (Date.now() - startedAt) / 1000 };
}

/**
 * ThreadSanitizer before GCC 14 does not start where addresses are more random than its map of memory allows for.
 * @returns {string[]} a command that runs another without that, where it is allowed to
 */
function fixedAddresses() {
  const launcher = ['setarch', '--addr-no-randomize'];
  return capture(launcher[0], [launcher[1], 'true']) === undefined ? [] : launcher;
}

function testEnvironment(steps) {
  return { ...process.env, CRYPTO_BROKER_TEST_SIGNATURE_VECTORS: writeSignatureVectors(steps) };
}

function build(variant, deps, steps, step) {
  return withCheckout('building the native tests', steps, () =>
    buildWithCmake(variant, VARIANTS[variant], deps, step),
  );
}

/** A step whose failed tests do not keep the next from running. */
async function stage(steps, id, name, work) {
  /** @type {{passed: number, failed: number, skipped: number} | undefined} */
  let counts;
  try {
    await steps.step(id, name, async (step) => {
      counts = await work(step);
      if (counts.failed > 0) throw new StepFailure(`${counts.failed} tests failed`, ADVICE);
    });
  } catch (error) {
    if (counts === undefined) throw error;
    explain(error);
  }
  return counts;
}

/** Runs test executables of a build directory. */
async function runExecutables(dir, names, filter, env, step, launcher = []) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const name of names) {
    const report = join(dir, `${name}.json`);
    rmSync(report, { force: true });
    const args = [`--gtest_output=json:${report}`, '--gtest_brief=1'];
    if (filter) args.push(`--gtest_filter=${filter}`);
    step.say(`running ${name}`);
    const [command, ...rest] = [...launcher, join(dir, 'test', name), ...args];
    const clean = await step.run(command, rest, { env }).then(
      () => true,
      () => false,
    );
    const counts = countTests(readJson(report));
    // A leak or a crash fails no test, and must not pass unseen.
    if (!clean && counts.failed === 0) counts.failed = 1;
    tally.passed += counts.passed;
    tally.failed += counts.failed;
    tally.skipped += counts.skipped;
  }
  step.result = `${tally.passed} passed`;
  return tally;
}

/** @param {any} report what GoogleTest wrote; undefined when it did not get so far */
function countTests(report) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const test of (report?.testsuites ?? []).flatMap((suite) => suite.testsuite)) {
    if (test.failures) tally.failed += 1;
    else if (test.result === 'SKIPPED') tally.skipped += 1;
    else if (test.result === 'COMPLETED') tally.passed += 1;
  }
  return tally;
}

function printCoverage() {
  const { total, ...files } = readJson(SUMMARY);
  for (const [path, { lines }] of [...Object.entries(files), ['total', total]]) {
    console.log(
      `${String(lines.pct.toFixed(1)).padStart(6)} %  ${String(lines.covered).padStart(5)} of ${String(lines.total).padStart(5)}  ${path}`,
    );
  }
}

await runAsProgram(
  import.meta.url,
  HELP,
  { coverage: { type: 'boolean' }, filter: { type: 'string' }, tsan: { type: 'boolean' } },
  async ({ coverage, filter, tsan }) => {
    const { passed, failed, skipped, seconds } = tsan
      ? await runThreadTests({ filter })
      : await runNativeTests({ coverage, filter });
    if (coverage && !tsan) printCoverage();
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped (${seconds.toFixed(1)} s)`);
    return failed === 0 && passed > 0 ? 0 : 1;
  },
);
