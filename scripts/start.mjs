// `npm start`: everything a newcomer needs. Sets the machine up, brings the programs up on a scratch directory, shows real
// work through them, and keeps running until Ctrl-C.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findNode } from '../bin/lib/find-node.mjs';
import { projectRoot } from './lib/paths.mjs';
import { setup } from './setup.mjs';

const HELP = `npm start [-- OPTIONS]

Sets this checkout up (once), starts a Broker, a reference Core and a Gateway on a scratch directory, shows a hash, a certificate, a
key by KMIP, a cut link and a revocation through them, prints commands to paste, and keeps running until Ctrl-C.

  --once               stop after the demonstration; the exit status tells whether all of it worked
  --dir DIR            use DIR, missing or empty, as the scratch directory instead of a fresh temporary one
  --historic-sockets   listen on the Open Crypto Broker's fixed paths too, so that its released clients find this Broker
  --help               this text

The scratch directory holds endpoints.json, which says where everything is, for scripts that want to attach.
`;

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        dir: { type: 'string' },
        'historic-sockets': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    console.error(`error: ${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

await setup({ purpose: 'start' });

// The demonstration needs the built product, so it goes on under the product's own Node.
const child = spawn(
  findNode(),
  [join(projectRoot, 'scripts', 'demo', 'main.mjs'), JSON.stringify(options)],
  {
    stdio: 'inherit',
  },
);
// A terminal sends Ctrl-C to the whole group; a supervisor sends SIGTERM to us alone.
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
