import { createHash, type Hash } from 'node:crypto';
import { BrokerError } from '../../errors/index.ts';
import {
  readTlsFile,
  requireCa,
  requirePair,
  type RefuseTlsFile,
  type TlsFileKind,
} from '../../tls-files/index.ts';

/** Files of the KMIP port, PEM; read again whenever their contents change. */
export interface ListenerFiles {
  /** A certificate with its chain, and its private key, for each kind of key (RSA, EC). */
  readonly identities: readonly { readonly certFile: string; readonly keyFile: string }[];
  /**
   * Further CA certificates to verify clients with, such as intermediates that they do not send. Whose client it is, the
   * tenants' own bundles decide.
   */
  readonly caFiles: readonly string[];
}

/** What the files held at one time. */
export interface TlsMaterial {
  readonly identities: readonly { readonly cert: Buffer; readonly key: Buffer }[];
  readonly ca: readonly Buffer[];
  /** SHA-256 over all of it. */
  readonly digest: string;
  /** Overwrites the keys. */
  wipe(): void;
}

/** Reads all of them. Throws KMIP_TLS_UNUSABLE; then no key is left in memory. */
export function readTlsFiles({ identities, caFiles }: ListenerFiles): TlsMaterial {
  const hash = createHash('sha256');
  const keys: Buffer[] = [];
  const wipe = (): void => {
    for (const key of keys) key.fill(0);
  };
  try {
    const pairs = identities.map(({ certFile, keyFile }) => {
      const cert = readInto(hash, 'certificate', certFile);
      const key = readInto(hash, 'key', keyFile);
      keys.push(key);
      return { cert, key };
    });
    const ca = caFiles.map((file) => readInto(hash, 'CA', file));
    return { identities: pairs, ca, digest: hash.digest('hex'), wipe };
  } catch (error) {
    wipe();
    throw error;
  }
}

/** Refuses what Node would find out about at the first handshake, or never. Throws KMIP_TLS_UNUSABLE. */
export function checkTlsFiles({ identities, ca }: TlsMaterial): void {
  if (identities.length === 0) {
    throw new BrokerError('KMIP_TLS_UNUSABLE', 'the KMIP port has no certificate');
  }
  for (const { cert, key } of identities) requirePair(cert, key, refuse);
  for (const file of ca) requireCa(file, refuse);
}

function readInto(hash: Hash, kind: TlsFileKind, path: string): Buffer {
  const content = readTlsFile(kind, path, refuse);
  hash.update(`${content.byteLength}:`).update(content);
  return content;
}

const refuse: RefuseTlsFile = (kind, problem, cause) =>
  new BrokerError('KMIP_TLS_UNUSABLE', `a ${kind} file of the KMIP port ${problem}`, { cause });
