// Measures the SQLite vault beside the disk it stands on: node scripts/with-node.mjs bench/vault.ts --help
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { EXIT } from '../src/errors/codes.ts';
import { loadAverage, machineFacts } from './harness/environment.ts';
import { environmentText } from './report/table.ts';
import { measureCommits } from './vault/commits.ts';
import { measureFloor } from './vault/floor.ts';
import { measureReads } from './vault/reads.ts';
import { figuresTable, toRecords, type Figure } from './vault/figure.ts';

const HELP = `Usage: node scripts/with-node.mjs bench/vault.ts [OPTIONS]

Measures commits of one new key (with its outbox and audit entries and one search term) at 1, 8 and 64 callers at a time,
reads by uid at several sizes of the vault, and the floor of the same disk: one append of 4 KiB and fdatasync.

  --dir DIR     where the files are made (default: the system's directory for temporary files; not a tmpfs, please)
  --keys LIST   sizes of the vault for reads (default 10000,1000000; ten million take half an hour to make)
  --seconds N   how long each measurement runs (default 5)
  --json FILE   also write one array of {bench, case, unit, subject, value, reference, ratio}
  --help        this text`;

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string', default: tmpdir() },
      keys: { type: 'string', default: '10000,1000000' },
      seconds: { type: 'string', default: '5' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const sizes = values.keys.split(',').map(wholeNumber);
  const milliseconds = wholeNumber(values.seconds) * 1000;
  const facts = machineFacts(new Date());
  const directory = mkdtempSync(join(values.dir, 'cryptobroker-bench-'));
  const progress = (text: string): void => {
    process.stderr.write(`… ${text}\n`);
  };
  const figures: Figure[] = [];
  try {
    progress('the floor of the disk');
    const floor = measureFloor(join(directory, 'floor'), milliseconds);
    figures.push(...floor);
    for (const callers of [1, 8, 64]) {
      progress(`commits, ${callers} at a time`);
      figures.push(
        ...(await measureCommits(join(directory, `c${callers}`), callers, milliseconds)),
      );
    }
    for (const keys of sizes) {
      progress(`reads among ${keys} keys`);
      figures.push(...(await measureReads(join(directory, `r${keys}`), keys, milliseconds)));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const environment = [...facts, { label: 'load at the end', value: loadAverage() }];
  process.stdout.write(`\nenvironment\n${environmentText(environment)}\n${figuresTable(figures)}`);
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify(toRecords(figures), null, 2)}\n`);
  }
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${text}: a whole number from 1 was expected`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT.failed;
}
