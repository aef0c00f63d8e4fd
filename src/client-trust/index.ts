/**
 * Who a KMIP client is, from its certificates and a tenant's rules alone: the Gateway asks for every connection, and the
 * Core again for every request that a Gateway passes on.
 */
export type { Certificate } from './certificate.ts';
export {
  recogniseClient,
  type CertificateFacts,
  type ClientRefusal,
  type Recognition,
  type RecognisedClient,
} from './recognise-client.ts';
export { readBundle, readTrust, type TrustedTenant, type TrustProblem } from './trusted-tenants.ts';
export { createClientVerifier } from './client-verifier.ts';
