// `npm run bench:kmip`: the Gateway beside other KMIP servers. scripts/bench-kmip.mjs prepares the checkout and starts this.

import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadAverage, machineFacts, type Fact } from './harness/environment.ts';
import { exitOnSignals, requireWritable, runBenchmark, warnWhenBusy } from './harness/program.ts';
import { planTrials } from './kmip/cases.ts';
import { measureLookups } from './kmip/lookup/lookup.ts';
import type { LookupMeasurements, TrialMeasurements } from './kmip/measurements.ts';
import { parseKmipOptions, type KmipBenchOptions } from './kmip/options.ts';
import { notes } from './kmip/report/notes.ts';
import { kmipRows } from './kmip/report/rows.ts';
import { runTrials } from './kmip/run-trials.ts';
import { makeBenchCertificates } from './kmip/subjects/certificates.ts';
import { startSubjects, type Subjects } from './kmip/subjects/start-subjects.ts';
import { writeSection } from './report/marked-section.ts';
import { requireRecords } from './report/record.ts';
import { rowMarkdown, rowRecords, terminalReport } from './report/row-report.ts';

/** Milliseconds that reads at one size of the vault are measured for. */
const LOOKUP_MS = { full: 3000, quick: 1000 } as const;

/** Magic number of a file system in memory, statfs(2): nothing is durable there. */
const TMPFS = 0x01021994;

async function main(args: readonly string[]): Promise<void> {
  const options = parseKmipOptions(args);
  requireWritable([options.json, options.markdown]);
  const before = machineFacts(new Date());
  warnWhenMisleading(options);

  const directory = mkdtempSync(join(options.dir, 'cryptobroker-bench-'));
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  try {
    const certificates = await makeBenchCertificates(directory, Math.floor(Date.now() / 1000));
    const trials = planTrials(options.quick);
    progress('starting the servers');
    const subjects = await startSubjects({
      ...{ directory, certificates, profile: options.profile },
      names: new Set(trials.flatMap((trial) => trial.subjects)),
    });
    let measured: readonly TrialMeasurements[];
    let facts: readonly Fact[];
    try {
      for (const [name, reason] of subjects.missing) {
        process.stderr.write(`!!! NOT MEASURED: ${name}: ${reason}\n`);
      }
      measured = await runTrials({ ...options, trials, subjects, directory, progress });
      facts = [...before, ...(await serverFacts(subjects, measured))];
    } finally {
      await subjects.stop();
    }
    const lookups = await lookUp(options, directory);
    report(options, measured, lookups, subjects, [
      ...facts,
      { label: 'load at the end', value: loadAverage() },
    ]);
  } finally {
    remove();
  }
}

function report(
  options: KmipBenchOptions,
  measured: readonly TrialMeasurements[],
  lookups: readonly LookupMeasurements[],
  { missing }: Subjects,
  facts: readonly Fact[],
): void {
  const rows = kmipRows(measured, lookups);
  const remarks = notes(measured, rows, missing, options.rounds);
  const whole = { facts, rows, notes: remarks };
  process.stdout.write(terminalReport(whole));
  if (options.json !== undefined) {
    const records = requireRecords(rowRecords('kmip', rows));
    writeFileSync(options.json, `${JSON.stringify(records, null, 2)}\n`);
  }
  if (options.markdown !== undefined) {
    writeSection(options.markdown, 'bench:kmip', rowMarkdown(whole));
  }
}

async function lookUp(
  { keys, rounds, quick }: KmipBenchOptions,
  directory: string,
): Promise<readonly LookupMeasurements[]> {
  if (keys.length < 2) return [];
  const measureMs = LOOKUP_MS[quick ? 'quick' : 'full'];
  return measureLookups({ directory, sizes: keys, rounds, measureMs }, progress);
}

/** What answered. */
async function serverFacts(
  { gateway }: Subjects,
  measured: readonly TrialMeasurements[],
): Promise<readonly Fact[]> {
  const { crypto, vault } = await gateway.status();
  const first = measured[0]?.bySubject.get('gateway')?.[0];
  return [
    { label: "Gateway's OpenSSL", value: crypto?.library ?? 'unknown' },
    { label: "Gateway's FIPS", value: `${crypto?.fips ?? 'unknown'}, ${crypto?.module ?? ''}` },
    { label: 'TLS', value: `${first?.tls ?? 'unknown'}, P-256 certificates on both sides` },
    {
      label: 'logs',
      value: 'one line a request to a file, on both sides, where nothing else is said',
    },
    { label: 'vault', value: `${vault?.keys ?? 0} keys at the end` },
  ];
}

function progress(text: string): void {
  process.stderr.write(`… ${text}\n`);
}

function warnWhenMisleading({ dir }: KmipBenchOptions): void {
  warnWhenBusy();
  if (statfsSync(dir).type === TMPFS) {
    process.stderr.write(`! ${dir} is in memory: nothing there is durable; give another --dir\n`);
  }
}

exitOnSignals();
await runBenchmark(main);
