// `npm test`: set-up, then everything that can be proved on one machine. The last line counts it all.

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findNode } from '../bin/lib/find-node.mjs';
import { benchInstructions } from './bench-instructions.mjs';
import { checkBinary } from './check-binary.mjs';
import { checkCoverage } from './coverage.mjs';
import { runFuzzers } from './fuzz.mjs';
import { projectRoot } from './lib/paths.mjs';
import { Steps, explain } from './lib/steps.mjs';
import { runChecks } from './lint.mjs';
import { runNativeTests, runThreadTests } from './native-tests.mjs';
import { setup } from './setup.mjs';

const HELP = `npm test [-- OPTIONS]

Sets this checkout up (once), then runs: source checks, the gate on the addon's binary, the native tests under
AddressSanitizer and UBSan, the fuzzers for a short while, the instruction counts of the native hot paths, and every
vitest project. Ends with
\`N passed, N failed, N skipped\` and exit code 0 only when nothing failed.

  --long          the full campaign: long fuzzing, all vectors, more random cases, the native tests with threads under
                  ThreadSanitizer, and images, chart, units and droplet built and run (npm run test:long)
  --only A,B      some stages only: checks, binary, native, threads, fuzz, instructions, vitest, coverage, deployed
  --with A,B      these as well; CI runs --with deployed: images, chart, units and droplet, built and run
  --help          this text
`;

const STAGES = [
  'checks',
  'binary',
  'native',
  'threads',
  'fuzz',
  'instructions',
  'vitest',
  'coverage',
  'deployed',
];
/** They build what nothing else needs, which takes more time than to run it. */
const ONLY_LONG = ['threads', 'deployed'];
/** What `deployed` runs, each a command of its own that ends with its counts; pods need the images of the first. */
const DEPLOYMENTS = ['test-container.mjs', 'test-chart.mjs', 'test-systemd.mjs', 'test-cf.mjs'];
const FUZZ_SECONDS = { short: 10, long: 300 };

/** One row per stage, in the order they ran. */
const results = [];

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        long: { type: 'boolean', default: false },
        only: { type: 'string' },
        with: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const usual = STAGES.filter((stage) => values.long || !ONLY_LONG.includes(stage));
    const chosen = [...listed(values.only, usual), ...listed(values.with, [])];
    const unknown = chosen.filter((stage) => !STAGES.includes(stage));
    if (unknown.length > 0) throw new Error(`no stage is called ${unknown.join(', ')}`);
    return { long: values.long, help: values.help, stages: chosen };
  } catch (error) {
    console.error(`error: ${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

function listed(text, otherwise) {
  return text?.split(',') ?? otherwise;
}

/** Runs one stage; a stage that breaks counts as one failure and the others still run. */
async function stage(name, run) {
  if (!options.stages.includes(name)) return;
  const startedAt = Date.now();
  let tally;
  try {
    tally = await run();
  } catch (error) {
    explain(error);
    tally = { passed: 0, failed: 1, skipped: 0 };
  }
  results.push({ name, ...tally, seconds: (Date.now() - startedAt) / 1000 });
}

async function binaryGate() {
  const findings = await checkBinary();
  for (const finding of findings) console.error(`✗ binary: ${finding}`);
  return findings.length === 0
    ? { passed: 1, failed: 0, skipped: 0 }
    : { passed: 0, failed: findings.length, skipped: 0 };
}

/** Runs vitest with its own live output and reads the counts from its JSON report. */
async function vitest() {
  const reportDir = join(projectRoot, 'build', 'test');
  mkdirSync(reportDir, { recursive: true });
  const report = join(reportDir, 'vitest.json');
  rmSync(report, { force: true });
  const args = [
    join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(options.stages.includes('coverage') ? ['--coverage'] : []),
  ];
  const env = {
    ...process.env,
    // The output goes through us: vitest cannot see that nobody watches a terminal.
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    ...(options.long ? { CRYPTO_BROKER_TEST_LONG: '1' } : {}),
  };
  await steps
    .step('vitest', 'TypeScript tests', (step) =>
      step.run(findNode(), args, { cwd: projectRoot, env, onLine: (line) => steps.line(line) }),
    )
    .catch(() => undefined); // The report says which tests failed; a missing report is the failure.
  const outcome = JSON.parse(readFileSync(report, 'utf8'));
  return {
    passed: outcome.numPassedTests,
    // A suite that could not be loaded has no failed test of its own, yet it must not pass unseen.
    failed: Math.max(outcome.numFailedTests, outcome.success ? 0 : 1),
    skipped: outcome.numPendingTests + outcome.numTodoTests,
  };
}

/** Runs the product as it is deployed. */
async function deployed() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const script of DEPLOYMENTS) {
    const said = await steps
      .step(`deployed-${script}`, script, (step) =>
        step.run(process.execPath, [join(projectRoot, 'scripts', script)], {
          onLine: (line) => steps.line(line),
        }),
      )
      .catch((error) => error.tail ?? []);
    const counts = /(\d+) passed, (\d+) failed, (\d+) skipped/.exec(
      said.findLast((line) => /\d+ passed, /.test(line)),
    );
    const [passed, failed, skipped] = counts === null ? [0, 1, 0] : counts.slice(1).map(Number);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

const options = readOptions();
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

await setup({ purpose: 'test' });
const steps = new Steps();

await stage('checks', () => runChecks(steps));
await stage('binary', binaryGate);
await stage('native', () =>
  runNativeTests({ steps, coverage: options.stages.includes('coverage') }),
);
await stage('threads', () => runThreadTests({ steps }));
await stage('fuzz', () =>
  runFuzzers({ steps, seconds: options.long ? FUZZ_SECONDS.long : FUZZ_SECONDS.short }),
);
await stage('instructions', () => benchInstructions({ steps }));
await stage('vitest', vitest);
await stage('coverage', () => checkCoverage());
await stage('deployed', deployed);

const total = { passed: 0, failed: 0, skipped: 0 };
console.log(
  `\n${'stage'.padEnd(12)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(9)}${'seconds'.padStart(10)}`,
);
for (const row of results) {
  total.passed += row.passed;
  total.failed += row.failed;
  total.skipped += row.skipped;
  console.log(
    `${row.name.padEnd(12)}${String(row.passed).padStart(8)}${String(row.failed).padStart(8)}${String(row.skipped).padStart(9)}${row.seconds.toFixed(1).padStart(10)}`,
  );
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
