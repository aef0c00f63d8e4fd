// Ports that nobody listens on.

import { createServer } from 'node:net';

/**
 * The wanted port of this machine when it is free, else another one.
 * @param {number} wanted
 * @returns {Promise<number>}
 */
export async function freePort(wanted) {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}

function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}
