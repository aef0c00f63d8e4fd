/** Bytes of a SPIFFE ID that every implementation must take (SPIFFE-ID §2.3). */
const LONGEST = 2048;

/** Trust domain in lower case, then at least one path segment (SPIFFE-ID §2.1, §2.2; X509-SVID §2 for the path of a leaf). */
const SHAPE = /^spiffe:\/\/[a-z0-9._-]{1,255}((?:\/[A-Za-z0-9._-]+)+)$/;

/**
 * Whether a URI is the SPIFFE ID of a workload: no port, user, query, fragment or percent-encoding, no empty or dot segments,
 * and a path.
 */
export function isSpiffeId(uri: string): boolean {
  if (uri.length > LONGEST) return false;
  const path = SHAPE.exec(uri)?.[1];
  return path !== undefined && !path.split('/').some((part) => part === '.' || part === '..');
}
