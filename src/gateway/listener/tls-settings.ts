import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { Certificate } from '../../client-trust/index.ts';
import type { TlsMaterial } from './tls-files.ts';

/** TLS 1.3 suites, then those of 1.2: forward secrecy and AES-GCM alone, all of which the FIPS provider has. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** The curves of NIST (SP 800-186), as the FIPS provider has them. */
const CURVES = 'P-256:P-384:P-521';

/**
 * The TLS settings of the port. Sessions are not resumed: every connection shows its certificate again, so that it is judged
 * by the rules and the clock of the moment. Nor are they renegotiated, which could put another certificate behind an
 * identity that was found before.
 */
export function tlsSettings(
  { identities, ca }: TlsMaterial,
  anchors: readonly Certificate[],
): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    ecdhCurve: CURVES,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    // Nothing is resumed; the default is made with SHA-1 from the command line.
    sessionIdContext: 'kmip',
    cert: identities.map(({ cert }) => cert),
    key: identities.map(({ key }) => key),
    // An empty list is still a list: without one, Node would trust the public CAs of the Web.
    ca: [...ca, ...anchors.map(({ x509 }) => x509.toString())],
  };
}
