import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Milliseconds since 1970 at which the first of the certificates in a PEM file ends: of a chain or of a list of CAs, one that
 * has ended is one too many. Undefined when there is none that can be read.
 */
export function certificateEnd(pem: Uint8Array): number | undefined {
  const ends = (Buffer.from(pem).toString('latin1').match(CERTIFICATE) ?? []).flatMap((text) => {
    const end = endOf(text);
    return end === undefined ? [] : [end];
  });
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function endOf(pem: string): number | undefined {
  try {
    const end = Date.parse(new X509Certificate(pem).validTo);
    return Number.isNaN(end) ? undefined : end;
  } catch {
    return undefined;
  }
}
