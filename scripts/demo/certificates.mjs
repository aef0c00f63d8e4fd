// Fresh certificates for everything that speaks TLS here. They last 30 days and their CAs' keys are thrown away with us.

import { makeThrowawayCa, makeThrowawayLeaf } from '../../dist/x509/throwaway.js';

const P384 = { algorithm: 'ECDSA', bits: 384 };
const P256 = { algorithm: 'ECDSA', bits: 256 };
const LOOPBACK = { dns: ['localhost'], ip: ['127.0.0.1'] };

export const GATEWAY_IDENTITY = 'spiffe://demo.example/gateway/gateway-1';
export const CLIENT_IDENTITY = 'spiffe://demo.example/payments/app-1';

/**
 * @param {import('./scratch.mjs').Scratch} scratch
 * @returns {Promise<Record<'coreCa' | 'core' | 'gateway' | 'kmipCa' | 'kmip' | 'clientCa' | 'client', {certificate: string, key: string}>>} files
 */
export async function makeCertificates(scratch) {
  const now = Math.floor(Date.now() / 1000);
  const ca = async (name, commonName) => {
    const made = await makeThrowawayCa({ key: P384, now, commonName });
    return { made, certificate: scratch.write(`${name}.pem`, made.certificatePem), key: '' };
  };
  const leaf = async (name, issuer, commonName, names, usages) => {
    const made = await makeThrowawayLeaf({
      ca: issuer.made,
      key: P256,
      now,
      commonName,
      names,
      usages,
    });
    const certificate = scratch.write(`${name}.pem`, made.certificatePem);
    const key = scratch.write(`${name}-key.pem`, made.keyPem);
    // Some clients want both in one file.
    scratch.write(`${name}-both.pem`, made.certificatePem + made.keyPem);
    return { certificate, key };
  };
  const coreCa = await ca('core-ca', 'Demonstration Core CA');
  const kmipCa = await ca('kmip-ca', 'Demonstration KMIP CA');
  const clientCa = await ca('client-ca', 'Demonstration Client CA');
  return {
    coreCa,
    kmipCa,
    clientCa,
    core: await leaf('core', coreCa, 'core', LOOPBACK, ['server']),
    gateway: await leaf('gateway', coreCa, 'gateway-1', { uri: [GATEWAY_IDENTITY] }, ['client']),
    kmip: await leaf('kmip', kmipCa, 'localhost', LOOPBACK, ['server']),
    client: await leaf('client', clientCa, 'app-1', { uri: [CLIENT_IDENTITY] }, ['client']),
  };
}
