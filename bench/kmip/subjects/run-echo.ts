// A TLS server that answers every message with the same bytes. Arguments: CA, certificate, key. Prints its port.

import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';

/** Bytes of the Gateway's answer to a Get of an AES-256 key with KMIP 1.4. */
const ANSWER_BYTES = 336;

const [ca = '', certificate = '', key = ''] = process.argv.slice(2);

const server = createServer(
  {
    ...{ ca: readFileSync(ca), cert: readFileSync(certificate), key: readFileSync(key) },
    ...{ requestCert: true, rejectUnauthorized: true, noDelay: true },
  },
  (socket) => {
    let held: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (held.length >= 8 && held.length >= 8 + held.readUInt32BE(4)) {
        held = held.subarray(8 + held.readUInt32BE(4));
        socket.write(answer);
      }
    });
  },
);

/** A message with nothing in it but Success. */
const answer = Buffer.alloc(ANSWER_BYTES);
answer.write('42007b01', 'hex');
answer.writeUInt32BE(ANSWER_BYTES - 8, 4);
answer.write('42007f05000000040000000000000000', 8, 'hex');

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => {
  process.exit();
});
