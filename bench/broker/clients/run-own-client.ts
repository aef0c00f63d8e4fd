// A load client over the client library of this project: takes the options of bench/load-client that mean something
// here, and `--transport`; prints the same JSON.

import { parseArgs } from 'node:util';

import { runOwnClient } from './own-client.ts';

const { values } = parseArgs({
  options: {
    socket: { type: 'string', default: '' },
    path: { type: 'string', default: '' },
    request: { type: 'string', default: '' },
    transport: { type: 'string', default: '' },
    'in-flight': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1' },
    warmup: { type: 'string', default: '0' },
    'warmup-in-flight': { type: 'string' },
    'server-pid': { type: 'string', default: '0' },
  },
});

const inFlight = Number(values['in-flight']);
const result = await runOwnClient({
  ...{ socket: values.socket, path: values.path, request: values.request },
  ...{ transport: values.transport, inFlight, seconds: Number(values.seconds) },
  warmUpSeconds: Number(values.warmup),
  warmUpInFlight: Number(values['warmup-in-flight'] ?? inFlight),
  serverPid: Number(values['server-pid']),
});
process.stdout.write(`${JSON.stringify({ result })}\n`);
