#!/usr/bin/env node
// Builds and runs the fuzzers of the native core.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTestDeps } from './build-deps.mjs';
import { withCheckout } from './lib/checkout-lock.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { StepFailure } from './lib/failure.mjs';
import { buildWithCmake } from './lib/native-cmake.mjs';
import { projectRoot } from './lib/paths.mjs';
import { findFuzzingClang } from './lib/prerequisites.mjs';
import { CommandError } from './lib/run.mjs';
import { Steps, explain } from './lib/steps.mjs';

const DEFAULT_SECONDS = 60;
const SOURCE = join(projectRoot, 'native', 'fuzz');
/** As native/fuzz/CMakeLists.txt finds them. */
const TARGETS = readdirSync(SOURCE)
  .filter((name) => /^fuzz_.*\.cc$/.test(name) && name !== 'fuzz_context.cc')
  .map((name) => name.replace('.cc', ''));
/** Where inputs that broke something are kept. */
const FINDINGS = join(projectRoot, 'build', 'fuzz-findings');

const HELP = `Usage: node scripts/fuzz.mjs [--seconds N] [--target NAME]

Builds the libFuzzer targets of native/fuzz with clang, AddressSanitizer and UndefinedBehaviorSanitizer
(build/native-fuzz) and runs each for N seconds (default ${DEFAULT_SECONDS}), beginning with native/fuzz/corpus/<target>.
native/fuzz/README.md says what each of them does:

${TARGETS.map((name) => `  ${name}`).join('\n')}

  --seconds N    time per target; as many run at a time as there are processors
  --target NAME  only this one; may be repeated
  --help         this text

The corpus in the repository is not changed. An input that breaks something is kept in build/fuzz-findings/<target>/;
to see it happen again: build/native-fuzz/fuzz/<target> FILE. Once it is repaired, add the file to the corpus, under a
name that says what it was. Without clang and its runtime libraries everything is skipped, with a line saying so.`;

/**
 * Runs the fuzzers.
 * @param {{steps?: Steps, seconds?: number, targets?: string[]}} [options]
 * @returns {Promise<{passed: number, failed: number, skipped: number}>} one count per target
 */
export async function runFuzzers({
  steps = new Steps(),
  seconds = DEFAULT_SECONDS,
  targets = TARGETS,
} = {}) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  const clang = findFuzzingClang();
  if (clang === undefined) {
    steps.warn(
      'the fuzzers are SKIPPED: there is no clang with libFuzzer (on Debian: apt-get install clang-19 libclang-rt-19-dev)',
    );
    return { ...tally, skipped: targets.length };
  }
  const deps = await buildTestDeps({ steps });
  const dir = await withCheckout('building the fuzz targets', steps, () =>
    steps.step('native-fuzz', 'fuzz targets', (step) => {
      const variables = {
        CMAKE_CXX_COMPILER: clang,
        CRYPTOBROKER_TESTS: 'OFF',
        CRYPTOBROKER_FUZZ: 'ON',
      };
      return buildWithCmake('native-fuzz', variables, deps, step);
    }),
  );
  const waiting = [...targets];
  const runOne = async (target) => {
    try {
      await steps.step(target, `fuzzing ${target}`, (step) =>
        fuzz(join(dir, 'fuzz', target), target, seconds, step),
      );
      tally.passed += 1;
    } catch (error) {
      explain(error);
      tally.failed += 1;
    }
  };
  const runAll = async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift())
      await runOne(target);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runAll));
  return tally;
}

/** Runs one target on a copy of its corpus. */
async function fuzz(executable, target, seconds, step) {
  const findings = join(FINDINGS, target);
  mkdirSync(findings, { recursive: true });
  const before = new Set(readdirSync(findings));
  const corpus = mkdtempSync(join(tmpdir(), `cryptobroker-${target}-`));
  try {
    cpSync(join(SOURCE, 'corpus', target), corpus, { recursive: true });
    const words = [`${target}.dict`, 'x509.dict'].map((name) => join(SOURCE, name));
    const args = [
      `-max_total_time=${seconds}`,
      '-timeout=10',
      '-rss_limit_mb=2048',
      '-max_len=16384',
      `-dict=${words.find((path) => existsSync(path))}`,
      `-artifact_prefix=${findings}/`,
      '-print_final_stats=1',
      corpus,
    ];
    let inputs = '';
    await step.run(executable, args, {
      onLine: (line) => {
        if (/^#\d+/.test(line)) step.lastLine = line.replace(/\s+/g, ' ');
        inputs = /^stat::number_of_executed_units: *(\d+)/.exec(line)?.[1] ?? inputs;
      },
    });
    step.result = `${inputs} inputs`;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const found = readdirSync(findings).filter((name) => !before.has(name));
    throw new StepFailure(
      found.length > 0 ? `an input broke it` : error.message,
      found.map((name) => `To see it again: ${executable} ${join(findings, name)}`).join('\n'),
    );
  } finally {
    rmSync(corpus, { recursive: true, force: true });
  }
}

function secondsFrom(text) {
  const seconds = text === undefined ? DEFAULT_SECONDS : Number(text);
  if (!Number.isInteger(seconds) || seconds < 1) {
    throw new StepFailure(
      `--seconds ${text}: not a whole number above 0`,
      'For instance --seconds 300.',
    );
  }
  return seconds;
}

function targetsFrom(names = TARGETS) {
  for (const name of names) {
    if (!TARGETS.includes(name)) {
      throw new StepFailure(
        `--target ${name}: there is no such target`,
        `One of: ${TARGETS.join(', ')}.`,
      );
    }
  }
  return names;
}

await runAsProgram(
  import.meta.url,
  HELP,
  { seconds: { type: 'string' }, target: { type: 'string', multiple: true } },
  async ({ seconds, target }) => {
    const tally = await runFuzzers({ seconds: secondsFrom(seconds), targets: targetsFrom(target) });
    console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
    return tally.failed === 0 ? 0 : 1;
  },
);
