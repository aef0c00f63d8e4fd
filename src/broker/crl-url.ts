import { isIPv4, isIPv6 } from 'node:net';

/** Characters a URI may be made of (RFC 3986 §2), every percent sign with its two digits. */
const URI_CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;

/**
 * `http` or `https`, then an authority with a host: a name without escapes, or an IPv6 address in brackets
 * (RFC 3986 §3.2).
 */
const WITH_HOST =
  /^https?:\/\/(?:[^/?#@[\]]*@)?(?:(?<name>[^/?#@:[\]%]+)|\[(?<ipv6>[0-9A-Fa-f:.]+)\])(?::(?<port>[0-9]*))?(?:[/?][^[\]#]*)?(?:#[^[\]#]*)?$/i;

/** Readers of URLs take such a name for an IPv4 address, in one of its many spellings (WHATWG URL §3.5). */
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$/i;

const HIGHEST_PORT = 65_535;

/**
 * True for what may stand as a CRL's location in a certificate: an http or https URI with a host, in the characters that
 * an IA5String of type URI allows (RFC 5280 §4.2.1.6). Nothing is normalised: the certificate gets the bytes as given.
 * native/broker/crl_url.cc gives the same answers, so nothing is left to a URL library here; what passes is a valid URL
 * to such a library too, but for the Punycode of `xn--` labels, which is not looked into.
 */
export function isCrlUrl(text: string): boolean {
  if (!URI_CHARACTERS.test(text)) return false;
  const { name, ipv6, port = '' } = WITH_HOST.exec(text)?.groups ?? {};
  return (name !== undefined ? isName(name) : isIPv6(ipv6 ?? '')) && Number(port) <= HIGHEST_PORT;
}

function isName(name: string): boolean {
  return !ENDS_IN_NUMBER.test(name) || isIPv4(name);
}
