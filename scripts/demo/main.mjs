// The demonstration behind `npm start`: a Broker, a reference Core and a Gateway on a scratch directory, and real work
// through them.

import { Scratch } from './scratch.mjs';
import { Broker } from './broker.mjs';
import { demonstrate } from './demonstrate.mjs';
import { demonstrateKrypton } from './demonstrate-krypton.mjs';
import { Krypton } from './krypton.mjs';
import { Program } from './program.mjs';
import { writePykmipConfiguration } from './pykmip-configuration.mjs';
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
    // A second signal means now.
    if (stop.signal.aborted) {
      Program.killAll();
      scratch.remove({ keep: false });
      process.exit(1);
    }
    stop.abort();
  });
}

let broker;
let krypton;
let failed = false;
try {
  const sockets = [
    scratch.file('broker.sock'),
    ...(options['historic-sockets'] ? HISTORIC_SOCKETS : []),
  ];
  broker = await Broker.start({ sockets, log: scratch.file('broker.log'), signal: stop.signal });
  const certificates = await demonstrate({ broker, scratch });
  krypton = await Krypton.start({ scratch, signal: stop.signal });
  const { tenant, service, key } = await demonstrateKrypton(krypton);
  scratch.writeEndpoints({
    // Ends the whole demonstration; the Broker's own process is beside its sockets.
    pid: process.pid,
    broker: { pid: broker.pid, sockets, log: scratch.file('broker.log') },
    certificates,
    kmip: {
      host: '127.0.0.1',
      port: krypton.kmipPort,
      ...{ tenant, service, uid: key },
      ca: krypton.certificates.kmipCa.certificate,
      clientCertificate: krypton.certificates.client.certificate,
      clientKey: krypton.certificates.client.key,
      pykmip: writePykmipConfiguration(scratch, krypton),
    },
    gateway: {
      pid: krypton.gateway.pid,
      statusSocket: krypton.statusSocket,
      vault: krypton.vaultDirectory,
      log: scratch.file('gateway.log'),
    },
    core: {
      pid: krypton.core.pid,
      port: krypton.corePort,
      adminSocket: krypton.adminSocket,
      log: scratch.file('core.log'),
    },
  });
  if (!options.once) {
    showCommands({ sockets, scratch, certificates, krypton });
    await Promise.race([aborted(stop.signal), broker.ended, krypton.ended]);
    if (!stop.signal.aborted)
      throw new Error(
        `a program ended by itself:\n${broker.lastLogLines()}\n${krypton.lastLogLines()}`,
      );
  }
} catch (error) {
  failed = !(stop.signal.aborted && !options.once);
  if (failed) console.error(`\n✗ ${error.message}`);
} finally {
  await krypton?.stop();
  await broker?.stop();
  // Whoever stopped it has nothing to look into.
  scratch.remove({ keep: failed && !stop.signal.aborted });
  farewell({ failed: failed && !stop.signal.aborted, scratch });
}
process.exit(failed ? 1 : 0);

function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
}
