import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { KmipConnection } from '../../../src/kmip-client/connection.ts';
import { dial } from '../../../src/kmip-client/dial.ts';
import type { ThrowawayLeaf } from '../../../src/x509/throwaway.ts';
import type { Krypton } from './krypton.ts';

const TIMEOUT_MS = 10_000;

/** A TLS connection to the Gateway as somebody; the caller destroys it. */
export async function dialTls(krypton: Krypton, leaf: ThrowawayLeaf): Promise<TLSSocket> {
  const socket = await dial(
    {
      ...{ host: '127.0.0.1', port: krypton.gateway.port, ca: krypton.certificates.caPem('kmip') },
      ...{ cert: leaf.certificatePem, key: leaf.keyPem },
    },
    TIMEOUT_MS,
  );
  socket.on('error', () => undefined);
  return socket;
}

/** A TCP connection to the Gateway that says nothing yet. */
export async function dialTcp(krypton: Krypton): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port: krypton.gateway.port });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends a message as it is, and returns the answer as it comes. Rejects when the connection closes without one. */
export async function exchange(
  krypton: Krypton,
  leaf: ThrowawayLeaf,
  request: Uint8Array,
): Promise<Buffer> {
  const socket = await dialTls(krypton, leaf);
  const connection = new KmipConnection({
    ...{ socket, maxResponse: 1 << 20, now: () => performance.now() },
  });
  try {
    // The request is overwritten once it is sent.
    return Buffer.from(await connection.exchange(Uint8Array.from(request), TIMEOUT_MS));
  } finally {
    await connection.close();
  }
}
