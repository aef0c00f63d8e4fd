import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeThrowawayCa, makeThrowawayLeaf } from '../../../src/x509/throwaway.ts';

/** Files that a KMIP server and a client of it need, in PEM. */
export interface KmipFiles {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

const P256 = { algorithm: 'ECDSA', bits: 256 } as const;

/**
 * A CA, a server at 127.0.0.1 and localhost, and a client, in `directory`. With RSA keys PyKMIP's server would offer the
 * cipher suites of 2008 alone.
 */
export async function makeKmipFiles(directory: string): Promise<KmipFiles> {
  const now = Math.floor(Date.now() / 1000);
  const ca = await makeThrowawayCa({ key: P256, now, commonName: 'interop CA' });
  const save = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const leaf = async (name: 'server' | 'client'): Promise<{ cert: string; key: string }> => {
    const { certificatePem, keyPem } = await makeThrowawayLeaf({
      ca,
      key: P256,
      now,
      commonName: name === 'client' ? 'interop client' : 'localhost',
      names: name === 'client' ? {} : { dns: ['localhost'], ip: ['127.0.0.1'] },
      usages: [name],
    });
    return { cert: save(`${name}.pem`, certificatePem), key: save(`${name}-key.pem`, keyPem) };
  };
  return {
    ca: save('ca.pem', ca.certificatePem),
    server: await leaf('server'),
    client: await leaf('client'),
  };
}
