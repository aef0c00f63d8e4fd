import { X509Certificate } from 'node:crypto';

import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { certificateRequest } from './certificate-request.ts';
import { FIXTURES, type CertificateFixture, type KeyKind } from './fixtures.ts';
import type { DriverName, Expectation, Operation, Trial } from './trial.ts';

const IN_FLIGHT = [
  { label: 'one at a time', count: 1 },
  { label: '10 in flight', count: 10 },
];

/** The pure issuer is a thousand functions deep; V8 has compiled what matters of them after this many milliseconds. */
const WARM_UP = 1000;

const RATIO = 10;
/** Microseconds for P-256 under P-256, one at a time, in FIPS mode. */
const P256_AT_MOST = { native: 320, 'native+ca-cache': 230 } as const;

export const certificateTrials: readonly Trial[] = FIXTURES.flatMap((fixture) =>
  IN_FLIGHT.map(({ label, count }): Trial => ({
    group: 'certificates',
    name: `${fixture.name}, ${label}`,
    unit: 'us',
    drivers: ['native', 'native+ca-cache', 'pure'],
    expected: count === 1 ? expectations(fixture) : {},
    quick: fixture.name === 'P-256 under P-256',
    warmUp: WARM_UP,
    fixture: fixture.name,
    prepare: (provider, material) => prepare(provider, material, fixture.ca, count),
  })),
);

/**
 * An RSA signature takes OpenSSL the same time whoever calls it, and it is most of such a certificate: only the EC rows
 * are expected to gain tenfold.
 */
function expectations(
  fixture: (typeof FIXTURES)[number],
): Partial<Record<DriverName, Expectation>> {
  if (fixture.ca.startsWith('RSA')) return {};
  const isP256 = fixture.ca === 'P-256';
  return {
    native: { ratio: RATIO, ...(isP256 ? { atMost: P256_AT_MOST.native } : {}) },
    'native+ca-cache': {
      ratio: RATIO,
      ...(isP256 ? { atMost: P256_AT_MOST['native+ca-cache'] } : {}),
    },
  };
}

async function prepare(
  { certificates }: CryptoProvider,
  fixture: CertificateFixture | undefined,
  ca: KeyKind,
  inFlight: number,
): Promise<Operation> {
  if (fixture === undefined) throw new Error('a certificate trial needs a CA and a request');
  const request = certificateRequest(fixture, ca, Math.floor(Date.now() / 1000));
  const issued = new X509Certificate(await certificates.issue(request));
  if (!issued.verify(new X509Certificate(fixture.caCertificate).publicKey)) {
    throw new Error('the certificate is not signed by its CA');
  }
  return { mode: 'async', inFlight, run: () => certificates.issue(request) };
}
