import {
  makeThrowawayCa,
  makeThrowawayRequest,
  type ThrowawayKey,
} from '../../src/x509/throwaway.ts';
import {
  FIXTURES,
  type CertificateFixture,
  type FixtureName,
  type KeyKind,
} from '../trials/fixtures.ts';

const KEYS: Readonly<Record<KeyKind, ThrowawayKey>> = {
  'P-256': { algorithm: 'ECDSA', bits: 256 },
  'P-384': { algorithm: 'ECDSA', bits: 384 },
  'P-521': { algorithm: 'ECDSA', bits: 521 },
  'RSA-2048': { algorithm: 'RSA', bits: 2048 },
  'RSA-3072': { algorithm: 'RSA', bits: 3072 },
  'RSA-4096': { algorithm: 'RSA', bits: 4096 },
};

/** Makes a throw-away CA and request of each kind, so that every driver and round works on the same bytes. `now` in seconds. */
export async function makeFixtures(
  names: ReadonlySet<FixtureName>,
  now: number,
): Promise<ReadonlyMap<FixtureName, CertificateFixture>> {
  const made = new Map<FixtureName, CertificateFixture>();
  for (const { name, ca, subject } of FIXTURES.filter((fixture) => names.has(fixture.name))) {
    const issuer = await makeThrowawayCa({ key: KEYS[ca], now });
    const { csrPem } = await makeThrowawayRequest({ key: KEYS[subject] });
    made.set(name, {
      csr: Buffer.from(csrPem),
      caKey: Buffer.from(issuer.keyPem),
      caCertificate: Buffer.from(issuer.certificatePem),
    });
  }
  return made;
}
