#!/usr/bin/env node
// `npm run bench:crypto`: prepares the checkout, then measures (bench/) under the product's own Node.

import { join } from 'node:path';
import { findNode } from '../bin/lib/find-node.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { projectRoot } from './lib/paths.mjs';
import { setup } from './setup.mjs';

const HELP = `Usage: npm run bench:crypto [-- OPTIONS]

Compares the native core, in FIPS mode, with the pure provider (node:crypto and @peculiar/x509) on equal input: nine
digests at five sizes, certificates of seven kinds with the cache of parsed CA keys off and on, AES key wrap, and whole
methods from the bytes of a request to those of its response. Every trial runs on every driver in a process of its own,
which warms up, calibrates its loop to 300 ms and measures once; this is repeated in rounds. Shown are the median, the
lowest and highest round, the ratio (pure over native: above 1, native is the faster) and, where a figure is expected,
whether it was met. A figure never fails the command.

  --json FILE       also write one array of {bench, case, unit, subject, value, reference, ratio}
  --markdown FILE   also write the environment and the tables as Markdown; a document with the lines
                    <!-- begin bench:crypto --> and <!-- end bench:crypto --> keeps what is around them
  --only PATTERN    only trials whose GROUP/CASE begins so, * standing for any text; may be repeated
                    groups: digests, certificates, key-wrap, methods
  --rounds N        rounds to measure, 1 to 100 (default 3, with --quick 1); publish nothing below 3
  --quick           a few trials of each group, shorter: an impression in less than a minute
  --help            this text

All of it takes about ten minutes. For figures worth keeping, leave the machine alone meanwhile: the environment block
shows its load before and after. Where others work on it too, root gets steadier figures under \`chrt -r 1\`. Examples:

  npm run bench:crypto -- --quick
  npm run bench:crypto -- --only 'digests/sha-256 64 B' --only 'certificates/P-256*one at a time' --rounds 7
  npm run bench:crypto -- --json crypto.json --markdown crypto.md`;

// bench/options.ts reads the values; here the names are checked, before a set-up that may take minutes.
const OPTIONS = {
  json: { type: 'string' },
  markdown: { type: 'string' },
  only: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  quick: { type: 'boolean' },
};

await runAsProgram(import.meta.url, HELP, OPTIONS, async (_options, positionals) => {
  if (positionals.length > 0) {
    console.error(
      `Unexpected argument '${positionals[0]}': trials are chosen with --only\n\n${HELP}`,
    );
    return 2;
  }
  await setup({ purpose: 'bench' });
  return runInForeground(findNode(), [
    join(projectRoot, 'bench', 'crypto.ts'),
    ...process.argv.slice(2),
  ]);
});
