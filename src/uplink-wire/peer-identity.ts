import type { X509Certificate } from 'node:crypto';

/** More than any certificate of ours has, and a bound on the work. */
const LONGEST_NAMES = 16 * 1024;

/**
 * The URI names (RFC 5280 §4.2.1.6) of a certificate, in order. Of a certificate whose names cannot be read safely there
 * are none.
 */
export function uriNames(certificate: X509Certificate): readonly string[] {
  const text = certificate.subjectAltName;
  return text === undefined ? [] : parseUriNames(text);
}

/**
 * Reads Node's text for the names of a certificate: `type:value` parts with ", " between them. A value that could be
 * mistaken for more than one part is a JSON string, so that a name with a comma in it cannot pass for two names
 * (CVE-2021-44532); text that does not parse to its end yields no names at all.
 */
export function parseUriNames(text: string): readonly string[] {
  if (text.length > LONGEST_NAMES) return [];
  const names: string[] = [];
  let position = 0;
  while (position < text.length) {
    const part = /^([A-Za-z0-9 ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/.exec(text.slice(position));
    const [whole, type, value] = part ?? [];
    if (whole === undefined || type === undefined || value === undefined) return [];
    if (type === 'URI') {
      const name = value.startsWith('"') ? unquoted(value) : value;
      if (name === undefined) return [];
      names.push(name);
    }
    position += whole.length;
  }
  return names;
}

function unquoted(value: string): string | undefined {
  try {
    const name: unknown = JSON.parse(value);
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** A SPIFFE ID (SPIFFE-ID §2) of the kind this product uses: `spiffe://<trust domain>/<role>/<name>`. */
export interface SpiffeIdentity {
  readonly trustDomain: string;
  /** `gateway` or `core`, as a rule. */
  readonly role: string;
  readonly name: string;
}

const SPIFFE_ID =
  /^spiffe:\/\/([a-z0-9._-]{1,255})\/([A-Za-z0-9._-]+)\/([A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*)$/;
const LONGEST_SPIFFE_ID = 2048;

/** Reads such a name; undefined for anything else, dot segments included. */
export function parseSpiffeIdentity(uri: string): SpiffeIdentity | undefined {
  if (uri.length > LONGEST_SPIFFE_ID) return undefined;
  const [, trustDomain, role, name] = SPIFFE_ID.exec(uri) ?? [];
  if (trustDomain === undefined || role === undefined || name === undefined) return undefined;
  if ([role, ...name.split('/')].some((segment) => segment === '.' || segment === '..')) {
    return undefined;
  }
  return { trustDomain, role, name };
}
