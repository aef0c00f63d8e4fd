import { createPrivateKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '../../src/x509/peculiar.ts';
import { makeThrowawayCa, type ThrowawayCa } from '../../src/x509/throwaway.ts';

/** A certificate and its key, PEM. */
export interface UplinkCredentials {
  readonly certificatePem: string;
  /** PKCS #8, unencrypted. */
  readonly keyPem: string;
}

export interface LeafOptions {
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  readonly usage: 'server' | 'client';
  /** Milliseconds since 1970; by default from an hour ago for a day. */
  readonly notBefore?: number;
  readonly notAfter?: number;
}

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;
let serial = 0x1000;

/** A CA for both ends of the uplink. TLS looks at the real clock, so these certificates are made for today. */
export async function makeUplinkCa(commonName = 'Uplink CA'): Promise<ThrowawayCa> {
  return await makeThrowawayCa({
    key: { algorithm: 'ECDSA', bits: 256 },
    now: Math.floor(Date.now() / 1000),
    commonName,
  });
}

/** A certificate of this CA with these names. */
export async function issueLeaf(ca: ThrowawayCa, options: LeafOptions): Promise<UplinkCredentials> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = [
    ...(options.uris ?? []).map((value) => ({ type: 'url' as const, value })),
    ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  serial += 1;
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16),
      subject: 'CN=uplink test',
      issuer: new X509Certificate(ca.certificatePem).subject,
      notBefore: new Date(options.notBefore ?? Date.now() - HOUR_MS),
      notAfter: new Date(options.notAfter ?? Date.now() + 24 * HOUR_MS),
      publicKey: publicKey.toCryptoKey(EC, true, ['verify']),
      signingKey: createPrivateKey(ca.keyPem).toCryptoKey(EC, false, ['sign']),
      signingAlgorithm: EC,
      extensions: [
        new SubjectAlternativeNameExtension(names),
        new ExtendedKeyUsageExtension([
          options.usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
        ]),
      ],
    },
    webcrypto,
  );
  return {
    certificatePem: certificate.toString('pem'),
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/** Paths of the three files a Gateway is given. */
export interface UplinkFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Writes a Gateway's files; again into the same directory to change them. */
export function writeUplinkFiles(
  directory: string,
  ca: ThrowawayCa,
  credentials: UplinkCredentials,
): UplinkFiles {
  const files = {
    caFile: join(directory, 'ca.pem'),
    certificateFile: join(directory, 'gateway.pem'),
    keyFile: join(directory, 'gateway.key'),
  };
  writeFileSync(files.caFile, ca.certificatePem);
  writeFileSync(files.certificateFile, credentials.certificatePem);
  writeFileSync(files.keyFile, credentials.keyPem, { mode: 0o600 });
  return files;
}
