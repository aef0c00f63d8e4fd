#!/usr/bin/env node
// `npm run bench`: prepares the checkout, then measures (bench/) under the product's own Node.

import { join } from 'node:path';
import { findNode } from '../bin/lib/find-node.mjs';
import { runAsProgram } from './lib/cli.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { projectRoot } from './lib/paths.mjs';
import { setup } from './setup.mjs';

const HELP = `Usage: npm run bench [-- OPTIONS]

Measures the Broker as it is installed, whole: hashes, health and certificates over gRPC on a Unix socket. Beside it in
the same run: a server of ours over grpc-go that does the same with Go's own crypto and writes a line of log for each
call, as the original does; the Broker on @grpc/grpc-js; the Broker without any C++; and a bare socket. Servers and
clients are fresh processes in every round, warmed before anything counts. What asks:

  light client   C++ on nghttp2, one thread: costs so little that the server is what is measured
  Go client      a stock grpc-go connection, one or ten goroutines, as applications have
  our clients    the client library of this project, each of its transports

Shown are throughput, latency and the server's processor time a request: median, lowest and highest round, the ratio
(above 1, the Broker is the better) and whether targets were met; then what a start, an idle process, five times too
much load and a client that misbehaves cost; then what the native core gains inside a process; then the tables that the
original publishes of itself, with ours beside them. A figure never fails the command. What cannot be had (no Go, say)
is left out, and the report says so.

  --json FILE       also write one array of {bench, case, unit, subject, value, reference, ratio}
  --markdown FILE   also write the tables as Markdown; a document with the lines <!-- begin bench --> and
                    <!-- end bench --> keeps what is around them
  --html FILE       also write one page with plots that needs nothing from anywhere else
  --only PATTERN    only what begins so, * standing for any text; may be repeated. Cases are GROUP/CASE, in the groups
                    hash, digests, sizes, health, clients, certificates, telemetry; further there are
                    native-beside-pure, stages, start, overload and abuse
  --rounds N        rounds to measure, 1 to 100 (default 3, with --quick 1); publish nothing below 3
  --quick           less of everything: an impression in less than two minutes; with --only all rows that it names, each for
                    a shorter time
  --help            this text

All of it takes about forty minutes. For figures worth keeping, leave the machine alone meanwhile: the environment block
shows its load before and after. Where a case says \`same core\`, server and client are put on one processor (taskset),
which takes the wake-ups of idle processors out of the figure; they cost more than a hash does. Examples:

  npm run bench -- --quick
  npm run bench -- --html bench.html --json bench.json --markdown docs/performance.md
  npm run bench -- --only 'hash/10 in flight, same core' --rounds 7
  npm run bench -- --only 'certificates/P-384*' --only overload
  npm run bench -- --quick --rounds 3 --only '*'`;

// bench/broker/options.ts reads the values; here the names are checked, before a set-up that may take minutes.
const OPTIONS = {
  json: { type: 'string' },
  markdown: { type: 'string' },
  html: { type: 'string' },
  only: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  quick: { type: 'boolean' },
};

await runAsProgram(import.meta.url, HELP, OPTIONS, async (_options, positionals) => {
  if (positionals.length > 0) {
    console.error(
      `Unexpected argument '${positionals[0]}': cases are chosen with --only\n\n${HELP}`,
    );
    return 2;
  }
  const { deps } = await setup({ purpose: 'bench' });
  return runInForeground(findNode(), [
    join(projectRoot, 'bench', 'broker.ts'),
    ...['--nghttp2', deps.nghttp2.dir],
    ...process.argv.slice(2),
  ]);
});
