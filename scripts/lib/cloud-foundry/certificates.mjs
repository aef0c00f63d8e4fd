// Certificates that live as long as a test.

import { createPrivateKey } from 'node:crypto';
import {
  makeThrowawayCa,
  makeThrowawayLeaf,
  makeThrowawayRequest,
} from '../../../dist/x509/throwaway.js';

const P384 = { algorithm: 'ECDSA', bits: 384 };
const P256 = { algorithm: 'ECDSA', bits: 256 };

function now() {
  return Math.floor(Date.now() / 1000);
}

/** A CA that the profile Default accepts, and a request for a certificate. */
export async function makeIssuer() {
  const ca = await makeThrowawayCa({ key: P384, now: now() });
  const request = await makeThrowawayRequest({ key: P256 });
  return { caPem: ca.certificatePem, caKeyPem: ca.keyPem, csrPem: request.csrPem };
}

/**
 * The platform's CA and what it issues: RSA of 2048 bits, the key as PKCS #1, for both sides of TLS; organization, space and app in
 * the subject.
 */
export async function makeInstanceIdentity(guid, appGuid) {
  const ca = await makeThrowawayCa({ key: P384, now: now(), commonName: 'instance identity' });
  const issue = async () => {
    const leaf = await makeThrowawayLeaf({
      ca,
      key: { algorithm: 'RSA', bits: 2048 },
      now: now(),
      commonName: guid,
      organizationalUnits: ['organization:o-1', 'space:s-1', `app:${appGuid}`],
      names: { dns: [guid], ip: ['127.0.0.1'] },
      usages: ['client', 'server'],
      lifetime: 24 * 3600,
    });
    const key = createPrivateKey(leaf.keyPem).export({ type: 'pkcs1', format: 'pem' });
    return { certificate: leaf.certificatePem + ca.certificatePem, key: String(key) };
  };
  return { caPem: ca.certificatePem, issue };
}
