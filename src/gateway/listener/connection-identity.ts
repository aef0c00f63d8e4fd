import type { TLSSocket } from 'node:tls';
import type { TrustedTenant } from '../../client-trust/index.ts';
import { identify, type Identification } from '../identity/identify.ts';
import { peerChain } from './peer-chain.ts';

/** Who speaks on a connection whose handshake is complete. `now`: milliseconds since 1970. */
export function identifyConnection(
  socket: TLSSocket,
  tenants: readonly TrustedTenant[],
  now: number,
): Identification {
  return identify(peerChain(socket), tenants, {
    tlsVersion: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    peerAddress: addressOf(socket),
    authenticatedAt: now,
  });
}

/** `192.0.2.1:5000`, `[2001:db8::1]:5000`; empty when the peer is gone. */
export function addressOf({
  remoteAddress,
  remoteFamily,
  remotePort,
}: Pick<TLSSocket, 'remoteAddress' | 'remoteFamily' | 'remotePort'>): string {
  if (remoteAddress === undefined || remotePort === undefined) return '';
  const host = remoteFamily === 'IPv6' ? `[${remoteAddress}]` : remoteAddress;
  return `${host}:${remotePort}`;
}
