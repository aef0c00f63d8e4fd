// The demonstration behind `npm start`: a Broker on a scratch directory, and real work through its socket.

import { rmSync } from 'node:fs';
import { Scratch } from './scratch.mjs';
import { Broker } from './broker.mjs';
import { demonstrate } from './demonstrate.mjs';
import { farewell, showCommands } from './show.mjs';

const HISTORIC_SOCKETS = [
  '/tmp/open-crypto-broker/crypto-broker-server.sock',
  '/tmp/cryptobroker.sock',
];

const options = JSON.parse(process.argv[2] ?? '{}');
const scratch = Scratch.open(options.dir);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // A second signal means now: the Broker ends with us, only the scratch files need a hand.
    if (stop.signal.aborted) {
      rmSync(scratch.path, { recursive: true, force: true });
      process.exit(1);
    }
    stop.abort();
  });
}

let broker;
let failed = false;
try {
  const sockets = [
    scratch.file('broker.sock'),
    ...(options['historic-sockets'] ? HISTORIC_SOCKETS : []),
  ];
  broker = await Broker.start({ sockets, log: scratch.file('broker.log'), signal: stop.signal });
  const certificates = await demonstrate({ broker, scratch });
  scratch.writeEndpoints({
    // Ends the whole demonstration; the Broker's own process is beside its sockets.
    pid: process.pid,
    broker: { pid: broker.pid, sockets, log: scratch.file('broker.log') },
    certificates,
  });
  if (!options.once) {
    showCommands({ sockets, scratch, certificates });
    await Promise.race([aborted(stop.signal), broker.ended]);
    if (!stop.signal.aborted)
      throw new Error(`the Broker ended by itself:\n${broker.lastLogLines()}`);
  }
} catch (error) {
  failed = !(stop.signal.aborted && !options.once);
  if (failed) console.error(`\n✗ ${error.message}`);
} finally {
  await broker?.stop();
  scratch.remove({ keep: failed });
  farewell({ failed, scratch });
}
process.exit(failed ? 1 : 0);

function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
}
