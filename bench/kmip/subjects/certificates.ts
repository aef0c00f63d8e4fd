import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  makeThrowawayCa,
  makeThrowawayLeaf,
  type ThrowawayNames,
} from '../../../src/x509/throwaway.ts';

/** PEM files of one certificate. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What every server and client here shows: P-256 under one CA, the same for all. */
export interface BenchCertificates {
  readonly ca: string;
  /** KMIP servers, the echo and the Core's port. */
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
  /** What the Gateway shows to the Core. */
  readonly gateway: CertificateFiles;
}

export const CLIENT_IDENTITY = 'spiffe://bench.example/payments/client-1';
export const GATEWAY_IDENTITY = 'spiffe://bench.example/gateway/gateway-1';

const P256 = { algorithm: 'ECDSA', bits: 256 } as const;

/** Makes them in `directory`. `now` in seconds since 1970. */
export async function makeBenchCertificates(
  directory: string,
  now: number,
): Promise<BenchCertificates> {
  const save = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const ca = await makeThrowawayCa({ key: P256, now, commonName: 'bench CA' });
  const leaf = async (
    usage: 'server' | 'client',
    commonName: string,
    names: ThrowawayNames,
  ): Promise<CertificateFiles> => {
    const made = await makeThrowawayLeaf({
      ca,
      key: P256,
      now,
      commonName,
      names,
      usages: [usage],
    });
    return {
      certificate: save(`${commonName}.pem`, made.certificatePem),
      key: save(`${commonName}-key.pem`, made.keyPem),
    };
  };
  return {
    ca: save('ca.pem', ca.certificatePem),
    server: await leaf('server', 'localhost', { dns: ['localhost'], ip: ['127.0.0.1'] }),
    client: await leaf('client', 'client-1', { uri: [CLIENT_IDENTITY] }),
    gateway: await leaf('client', 'gateway-1', { uri: [GATEWAY_IDENTITY] }),
  };
}
