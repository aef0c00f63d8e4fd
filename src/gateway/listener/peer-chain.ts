import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** More than any path has that is accepted here. */
const MOST_CERTIFICATES = 10;

/** The certificates of a peer, leaf first, in DER, as far as they and the CAs known here go. Empty when it gave none. */
export function peerChain(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  // An empty object when there is none, whatever the type says.
  let certificate: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && chain.length < MOST_CERTIFICATES) {
    chain.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    // The issuer of a self-signed certificate is itself.
    certificate = issuer === certificate ? undefined : issuer;
  }
  return chain;
}
