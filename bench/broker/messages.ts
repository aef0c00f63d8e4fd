import { join } from 'node:path';

import {
  HashDataRequest,
  SignCertificateRequest,
} from '../../src/generated/cryptobroker/server_view.ts';
import { FIXTURES, type CertificateFixture, type FixtureName } from '../trials/fixtures.ts';

/** Directory of the profiles that the requests of benchmarks name. */
export const BENCH_PROFILES = join(import.meta.dirname, 'profiles');

export const PATHS = {
  hash: '/CryptoBroker.CryptoGrpc/HashData',
  certificate: '/CryptoBroker.CryptoGrpc/SignCertificate',
  health: '/grpc.health.v1.Health/Check',
} as const;

/** The id clients send is a UUID; the same one always, so that every answer is the same too. */
const METADATA = { id: '3b241101-e2bb-4255-8caf-4136c566a962', traceContext: undefined };

/** What is hashed: so many bytes of text. */
export function hashInput(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'crypto-broker ');
}

/** A HashData request, as released clients send it. */
export function hashMessage(profile: string, input: Uint8Array): Uint8Array {
  return HashDataRequest.encode({ profile, input, metadata: METADATA, outputFormat: 0 }).finish();
}

/** A SignCertificate request under the profile for the fixture's CA; answered in DER. */
export function certificateMessage(
  name: FixtureName,
  { csr, caKey, caCertificate }: CertificateFixture,
): Uint8Array {
  const ca = FIXTURES.find((fixture) => fixture.name === name)?.ca ?? '';
  return SignCertificateRequest.encode({
    profile: `Certificate-${ca.startsWith('RSA') ? 'RSA' : ca}`,
    ...{ csr, caPrivateKey: caKey, caCert: caCertificate, metadata: METADATA, outputFormat: 0 },
    ...{ validNotBefore: undefined, validNotAfter: undefined, subject: undefined },
    crlDistributionPoints: [],
  }).finish();
}
