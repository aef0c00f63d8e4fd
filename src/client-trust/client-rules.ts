import type { ClientRule } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import type { CertificateFields } from './certificate-fields.ts';
import { nameText, onlyCommonName, organizationalUnits } from './distinguished-name.ts';

/**
 * The first rule that fits. A certificate with a SPIFFE ID is known by that alone: its subject and other names are then
 * decoration, which an issuer of SPIFFE IDs does not vouch for.
 */
export function firstFitting(
  rules: readonly ClientRule[],
  fields: CertificateFields,
  spiffeId: string | undefined,
): ClientRule | undefined {
  return rules.find(({ match }) => {
    if (match === undefined || match.value === '') return false;
    if (spiffeId !== undefined) {
      return match.$case === 'spiffePrefix' && isAtOrBelow(spiffeId, match.value);
    }
    switch (match.$case) {
      case 'spiffePrefix':
        return false;
      case 'subject':
        return nameText(fields.subject) === match.value;
      case 'commonName':
        return onlyCommonName(fields.subject) === match.value;
      case 'organizationalUnit':
        return organizationalUnits(fields.subject).includes(match.value);
      case 'dnsName':
        return fields.names.dns.some((name) => asciiLower(name) === asciiLower(match.value));
      case 'email':
        return fields.names.email.some((name) => sameMailbox(name, match.value));
    }
  });
}

/** Equal, or below a prefix that ends with `/`: so a prefix always ends at a path segment. */
function isAtOrBelow(spiffeId: string, prefix: string): boolean {
  return prefix.endsWith('/') ? spiffeId.startsWith(prefix) : spiffeId === prefix;
}

/** The host of a mailbox has no case, what is before it has (RFC 5280 §7.5). */
function sameMailbox(left: string, right: string): boolean {
  const at = left.lastIndexOf('@') + 1;
  return (
    left.slice(0, at) === right.slice(0, at) &&
    asciiLower(left.slice(at)) === asciiLower(right.slice(at))
  );
}

/** ASCII alone: letters that only Unicode folds into one another are different letters here. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
