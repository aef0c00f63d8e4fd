/** Characters a URI may be made of (RFC 3986 §2), every percent sign with its two digits. */
const URI_CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;

/**
 * `http` or `https`, then an authority with a host: a name without escapes, or an IPv6 address in brackets
 * (RFC 3986 §3.2).
 */
const WITH_HOST =
  /^https?:\/\/(?:[^/?#@[\]]*@)?(?:[^/?#@:[\]%]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?(?:[/?][^[\]#]*)?(?:#[^[\]#]*)?$/i;

/**
 * True for what may stand as a CRL's location in a certificate: an http or https URI with a host, in the characters that
 * an IA5String of type URI allows (RFC 5280 §4.2.1.6). Nothing is normalised: the certificate gets the bytes as given.
 */
export function isCrlUrl(text: string): boolean {
  return URI_CHARACTERS.test(text) && WITH_HOST.test(text) && URL.canParse(text);
}
