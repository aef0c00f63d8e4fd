// `npm run bench:crypto`: native against pure. scripts/bench-crypto.mjs prepares the checkout and starts this.

import { writeFileSync } from 'node:fs';

import { loadAverage, machineFacts, nativeFacts, type Fact } from './harness/environment.ts';
import { requireWritable, runBenchmark, warnWhenBusy } from './harness/program.ts';
import { Progress } from './harness/progress.ts';
import { runTrials } from './harness/run-trials.ts';
import { parseOptions, selectTrials } from './options.ts';
import { markdownReport } from './report/markdown.ts';
import { writeSection } from './report/marked-section.ts';
import { requireRecords, toRecords } from './report/record.ts';
import { environmentText, tableText } from './report/table.ts';
import { TRIALS } from './trials/index.ts';

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const trials = selectTrials(TRIALS, options);
  requireWritable([options.json, options.markdown]);

  const before = machineFacts(new Date());
  warnWhenBusy();
  let progress: Progress | undefined;
  const { comparisons, native } = await runTrials(trials, options, (total) => {
    progress = new Progress({ stream: process.stderr, total, now: () => performance.now() });
    return progress;
  });
  progress?.end();
  const facts: readonly Fact[] = [
    ...before,
    ...nativeFacts(native),
    { label: 'load at the end', value: loadAverage() },
  ];

  process.stdout.write(`\nenvironment\n${environmentText(facts)}\n`);
  process.stdout.write(tableText(comparisons, options.rounds));
  if (options.json !== undefined) {
    const records = requireRecords(toRecords(comparisons));
    writeFileSync(options.json, `${JSON.stringify(records, null, 2)}\n`);
  }
  if (options.markdown !== undefined) {
    const report = markdownReport(facts, comparisons, options.rounds);
    writeSection(options.markdown, 'bench:crypto', report);
  }
}

await runBenchmark(main);
