// `npm run bench`: the Broker beside Go and beside itself. scripts/bench.mjs prepares the checkout and starts this.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CASES } from './broker/cases.ts';
import { measureNativeBesidePure } from './broker/native-beside-pure.ts';
import {
  parseBrokerOptions,
  select,
  type BrokerBenchOptions,
  type Selection,
} from './broker/options.ts';
import { availableCores } from './broker/placement.ts';
import { buildPrograms } from './broker/programs/programs.ts';
import {
  brokerMarkdown,
  brokerReport,
  brokerText,
  type BrokerReport,
} from './broker/report/broker-report.ts';
import { htmlReport } from './broker/report/html/html-report.ts';
import { prepareRequests, requestId } from './broker/requests.ts';
import type { RunContext } from './broker/run-context.ts';
import { requestsOf, runSelection, WARM_UP_REQUEST } from './broker/run-selection.ts';
import { loadAverage, machineFacts, nativeFacts } from './harness/environment.ts';
import { makeFixtures } from './harness/make-fixtures.ts';
import { exitOnSignals, requireWritable, runBenchmark, warnWhenBusy } from './harness/program.ts';
import { writeSection } from './report/marked-section.ts';
import { requireRecords } from './report/record.ts';
import { rowRecords } from './report/row-report.ts';

async function main(args: readonly string[]): Promise<void> {
  const options = parseBrokerOptions(args);
  const selection = select(CASES, options);
  requireWritable([options.json, options.markdown, options.html]);
  const machine = machineFacts(new Date());
  warnWhenBusy();

  const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-bench-'));
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  try {
    const context = await prepare(options, selection, directory);
    const measurements = await runSelection(selection, context);
    for (const [name, reason] of measurements.missing) {
      process.stderr.write(`!!! NOT MEASURED: ${name}: ${reason}\n`);
    }
    const inside = selection.specials.has('native-beside-pure')
      ? await measureNativeBesidePure(options, progress)
      : undefined;
    const facts = [
      ...machine,
      ...(inside === undefined ? [] : nativeFacts(inside.native)),
      { label: 'load at the end', value: loadAverage() },
    ];
    const comparisons = inside?.comparisons ?? [];
    write(
      options,
      brokerReport({ facts, measurements, inside: comparisons, rounds: options.rounds }),
    );
  } finally {
    remove();
  }
}

async function prepare(
  { rounds, quick, nghttp2 }: BrokerBenchOptions,
  selection: Selection,
  directory: string,
): Promise<RunContext> {
  progress('building the load clients and the Go peer');
  const programs = buildPrograms(nghttp2);
  const { specs, fixtures } = requestsOf(selection);
  const material = await makeFixtures(fixtures, Math.floor(Date.now() / 1000));
  const requests = prepareRequests(directory, specs, material);
  const warmUpRequest = requests.get(requestId(WARM_UP_REQUEST));
  if (warmUpRequest === undefined) throw new RangeError('the warm-up was not prepared');
  const cores = availableCores();
  return { rounds, quick, directory, programs, cores, requests, warmUpRequest, progress };
}

function write(options: BrokerBenchOptions, report: BrokerReport): void {
  process.stdout.write(brokerText(report));
  const { json, markdown, html } = options;
  if (json !== undefined) {
    const records = requireRecords(rowRecords('broker', report.rows));
    writeFileSync(json, `${JSON.stringify(records, null, 2)}\n`);
  }
  if (markdown !== undefined) writeSection(markdown, 'bench', brokerMarkdown(report));
  if (html !== undefined) writeFileSync(html, htmlReport(report));
}

function progress(text: string): void {
  process.stderr.write(`… ${text}\n`);
}

exitOnSignals();
await runBenchmark(main);
