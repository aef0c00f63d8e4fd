import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { BrokerError } from '../errors/index.ts';
import { parseSpiffeIdentity, uriNames } from '../uplink-wire/index.ts';

/** Who the Core must be. */
export type ExpectedCore =
  | { readonly kind: 'uri'; readonly uri: string }
  /** Any name below `prefix`, which ends in `/`. */
  | { readonly kind: 'uri-prefix'; readonly prefix: string }
  | { readonly kind: 'name'; readonly name: string };

const DNS_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** Reads the setting; throws CONFIG_INVALID. */
export function parseExpectedCore(text: string): ExpectedCore {
  if (text.startsWith('spiffe://')) {
    const isPrefix = text.endsWith('/');
    // A prefix names a role at least: a whole trust domain would let every Gateway pass for a Core.
    const identity = parseSpiffeIdentity(isPrefix ? `${text}any` : text);
    if (identity?.role === 'core') {
      return isPrefix ? { kind: 'uri-prefix', prefix: text } : { kind: 'uri', uri: text };
    }
  } else if (isIP(text) !== 0 || DNS_NAME.test(text)) {
    return { kind: 'name', name: text };
  }
  throw new BrokerError(
    'CONFIG_INVALID',
    'the identity of the core is neither spiffe://<trust domain>/core/<name>, nor a DNS name or IP address',
  );
}

/**
 * Whether a certificate, which TLS has found to be vouched for, is the Core's. Returns why not, in words that are safe to
 * show. A certificate with more than one URI is nobody's (SPIFFE X509-SVID §2).
 */
export function identityProblem(
  expected: ExpectedCore,
  certificate: PeerCertificate,
): string | undefined {
  if (expected.kind === 'name') {
    return checkServerIdentity(expected.name, certificate) === undefined
      ? undefined
      : 'the certificate of the core is not for the expected name';
  }
  const [uri, ...others] = uriNames(new X509Certificate(certificate.raw));
  if (uri === undefined || others.length > 0) {
    return 'the certificate of the core does not have exactly one URI name';
  }
  const fits =
    expected.kind === 'uri'
      ? uri === expected.uri
      : uri.startsWith(expected.prefix) && parseSpiffeIdentity(uri) !== undefined;
  return fits ? undefined : 'the certificate of the core is not for the expected identity';
}
