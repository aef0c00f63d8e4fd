import type { ClientIdentity as WireIdentity } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';

/** A client as the Core is told of it. The chain alone counts there; the rest is for its audit. */
export function wireIdentity(client: ClientIdentity): WireIdentity {
  return {
    chainDer: [...client.chain],
    spiffeId: client.spiffeId ?? '',
    subject: client.subject,
    issuer: client.issuer,
    serial: client.serial,
    spkiSha256: client.spkiSha256,
    tlsVersion: client.tlsVersion,
    cipher: client.cipher,
    peerAddress: client.peerAddress,
    authenticatedAt: timestampOf(client.authenticatedAt),
  };
}
