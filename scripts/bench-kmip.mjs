#!/usr/bin/env node
// `npm run bench:kmip`: prepares the checkout, then measures (bench/) under the product's own Node.

import { join } from 'node:path';
import { findNode } from '../bin/lib/find-node.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { projectRoot } from './lib/paths.mjs';
import { setup } from './setup.mjs';

const HELP = `Usage: npm run bench:kmip [-- OPTIONS]

Measures the Krypton Gateway over mutual TLS: Create, Get, Create+Get in one batch and GetAttributes at 1, 8 and 32
connections, and Get at a low, steady rate. It runs as it is installed, FIPS provider required, every key durable, with a
Core that its keys are registered with. Beside it in the same run: an in-memory server over ovh/kmip-go, PyKMIP, a bare
TLS echo on Node, and one append of 4 KiB with fdatasync on the same disk. The load client is ours: it writes requests
that were encoded before, one at a time on each connection, from a process of its own. Shown are the median, the lowest
and highest round, the ratio (above 1, the Gateway is the better) and whether targets were met. A figure never fails the
command. A peer that cannot be had (no Go, no Python from 3.8 to 3.11) is left out, and the report says so.

  --json FILE       also write one array of {bench, case, unit, subject, value, reference, ratio}
  --markdown FILE   also write the environment and the tables as Markdown; a document with the lines
                    <!-- begin bench:kmip --> and <!-- end bench:kmip --> keeps what is around them
  --rounds N        rounds to measure, 1 to 100 (default 3, with --quick 1); publish nothing below 3
  --quick           less of everything: an impression in less than two minutes
  --dir DIR         where the vault is made (default: the system's directory for temporary files; not one in memory)
  --keys LIST       sizes of the vault whose reads are compared (default 10000,1000000, with --quick none); ten million
                    take half an hour to make
  --profile DIR     also write CPU profiles of the Gateway; its figures are then worth less
  --help            this text

All of it takes about fifteen minutes. For figures worth keeping, leave the machine alone meanwhile: the environment block
shows its load before and after. Examples:

  npm run bench:kmip -- --quick
  npm run bench:kmip -- --json kmip.json --markdown kmip.md
  npm run bench:kmip -- --keys 10000,1000000,10000000 --dir /var/tmp`;

// bench/kmip/options.ts reads the values; here the names are checked, before a set-up that may take minutes.
const OPTIONS = {
  json: { type: 'string' },
  markdown: { type: 'string' },
  rounds: { type: 'string' },
  quick: { type: 'boolean' },
  dir: { type: 'string' },
  keys: { type: 'string' },
  profile: { type: 'string' },
};

await runAsProgram(import.meta.url, HELP, OPTIONS, async (_options, positionals) => {
  if (positionals.length > 0) {
    console.error(`Unexpected argument '${positionals[0]}'\n\n${HELP}`);
    return 2;
  }
  await setup({ purpose: 'bench' });
  return runInForeground(findNode(), [
    join(projectRoot, 'bench', 'kmip.ts'),
    ...process.argv.slice(2),
  ]);
});
