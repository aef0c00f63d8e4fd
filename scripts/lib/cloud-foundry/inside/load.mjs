// Runs in the container, under the droplet's Node: work for the Broker from many callers at a time, to see what memory it
// takes. Prints how many calls were answered.
//
//   node load.mjs CLIENT SOCKET CA_DIRECTORY

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [client, socket, directory] = process.argv.slice(2);
const { connect } = await import(client);
const read = (name) => readFileSync(join(directory, name), 'utf8');
const request = { csr: read('request.csr'), caCert: read('ca.pem'), caPrivateKey: read('ca.key') };
const connections = Array.from({ length: 8 }, () => connect({ socket, deadlineMs: 60_000 }));

let answered = 0;
/** `callers` callers, each with the next of `calls` when it has its answer. */
async function work(calls, callers, call) {
  let left = calls;
  const caller = async (_, index) => {
    while (left > 0) {
      left -= 1;
      await call(connections[index % connections.length]);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

const small = 'x'.repeat(100);
const large = new Uint8Array(1 << 20);
await work(20_000, 64, (broker) => broker.hashData({ profile: 'Default', input: small }));
await work(200, 16, (broker) => broker.hashData({ profile: 'Default', input: large }));
await work(400, 16, (broker) => broker.signCertificate({ profile: 'Default', ...request }));
await Promise.all(connections.map((broker) => broker.close()));
console.log(JSON.stringify({ answered }));
